"""The body of a chat request: what is read of it, and that the rest is let pass."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from redraft.core import Budget


class Part(BaseModel):
    """A part of a message's content."""

    model_config = ConfigDict(extra="allow")

    type: str
    text: str | None = None


class Turn(BaseModel):
    """One message of the conversation; a client's copy of earlier reasoning is not read."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool | None = None


class Extra(BaseModel):
    """Redraft's own field of a request: the graph for this one question."""

    model_config = ConfigDict(extra="forbid")

    recipe: str | None = None
    knobs: dict[str, Any] = {}
    budget: Budget = Budget()


class ChatBody(BaseModel):
    """A chat completion request; fields that are not named here are let pass unread."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: list[Turn] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: str | list[str] | None = None
    n: int | None = Field(default=None, ge=1)
    service_tier: str | None = None
    redraft: Extra = Extra()

    @property
    def is_batch(self) -> bool:
        """Whether the client can wait: the API's word for that is the tier `flex`."""
        return self.service_tier == "flex"
