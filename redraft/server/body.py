"""The body of a chat request: what is read of it, and that the rest is let pass."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from redraft.core import Budget

MOST_CHOICES = 16
Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class Part(BaseModel):
    """A part of a message's content."""

    model_config = ConfigDict(extra="allow")

    type: str
    text: str | None = None


class CalledFunction(BaseModel):
    """What an assistant's message asked to be called, as the model wrote it."""

    name: str
    arguments: str = ""


class Called(BaseModel):
    """A tool call of an earlier turn."""

    id: str = ""
    function: CalledFunction


class Turn(BaseModel):
    """One message of the conversation; a client's copy of earlier reasoning is not read."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    tool_calls: list[Called] | None = None
    tool_call_id: str | None = None


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool | None = None


class Function(BaseModel):
    """A function that the model may call; `parameters` is a JSON schema."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Tool(BaseModel):
    """A tool that is offered."""

    type: str = "function"
    function: Function | None = None


class JsonSchema(BaseModel):
    """A schema by its name."""

    name: str = "output"
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")


class ResponseFormat(BaseModel):
    """The shape of the answer."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class Extra(BaseModel):
    """Redraft's own field of a request: the graph for this one question.

    `roles` says for a role the name of the plain model that speaks it. `tools` hands the request's
    tools to the call that answers. `handbook` says whether the graph reads the server's handbook.
    `thread` is the client's name for a conversation that the server keeps.
    """

    model_config = ConfigDict(extra="forbid")

    recipe: str | None = None
    knobs: dict[str, Any] = {}
    roles: dict[str, str] = {}
    budget: Budget = Budget()
    handbook: bool | None = None
    tools: bool = False
    thread: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")


class ChatBody(BaseModel):
    """A chat completion request; fields that are not named here are let pass unread."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: list[Turn] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, lt=2**31)
    max_completion_tokens: int | None = Field(default=None, ge=1, lt=2**31)
    seed: Seed | None = None
    stop: str | list[str] | None = None
    n: int | None = Field(default=None, ge=1, le=MOST_CHOICES)
    response_format: ResponseFormat | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    service_tier: str | None = None
    redraft: Extra = Extra()

    @property
    def is_batch(self) -> bool:
        """Whether the client can wait until others are served."""
        return self.service_tier == "flex"

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop strings; an empty one stops nothing."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(one for one in given if one)
