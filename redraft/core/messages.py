"""What agents and models say to each other: chat messages, tool calls and token usage."""

from typing import Literal

from redraft.core.values import Value

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(Value):
    """A call that a model asks for; `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


class ToolSpec(Value):
    """A tool offered to a model; `parameters` is a JSON schema."""

    name: str
    description: str = ""
    parameters: dict[str, object] = {}


class Message(Value):
    """One chat message. `reasoning` and `tool_calls` belong to the assistant alone."""

    role: Role
    content: str
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


class Usage(Value):
    """Tokens of one call or of several.

    `output` includes `reasoning`; `input` includes `cached`. `estimated` is set when the server
    did not report a figure and Redraft counted or apportioned it.
    """

    input: int = 0
    output: int = 0
    reasoning: int = 0
    cached: int = 0
    estimated: bool = False

    @property
    def total(self) -> int:
        """Input plus output tokens."""
        return self.input + self.output

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            reasoning=self.reasoning + other.reasoning,
            cached=self.cached + other.cached,
            estimated=self.estimated or other.estimated,
        )
