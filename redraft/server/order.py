"""What a request comes to: one run of a graph, or one call of a model; and what is noted of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from redraft.core import (
    Asked,
    Budget,
    Message,
    Model,
    ModelError,
    Problem,
    Reply,
    Request,
    ToolCall,
)
from redraft.graphs import Compiled
from redraft.server.threaded import Thread


@dataclass(frozen=True, slots=True)
class Order:
    """One run of `graph` on `problem`.

    `speakers` says for each role which role's model speaks. `asked` and `stop` are about the
    answer alone. Without `memory` the run reads no handbook. With `thread` it is a turn there.
    """

    graph: Compiled
    problem: Problem
    speakers: Mapping[str, str]
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    asked: Asked = field(default_factory=Asked)
    stop: tuple[str, ...] = ()
    memory: bool = True
    thread: Thread | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the model that speaks as `role`; `name` tells it from every other call."""

    name: str
    role: str
    messages: tuple[Message, ...]
    asked: Asked = field(default_factory=Asked)


@dataclass(slots=True)
class Notes:
    """Of the calls of one run: the last failure, and the reply that was to be the answer.

    `visible` counts the reply's tokens without those of its thinking.
    """

    error: ModelError | None = None
    calls: tuple[ToolCall, ...] = ()
    answered: bool = False
    visible: int = 0


class Noted:
    """A model of whose calls `notes` are taken."""

    def __init__(self, inner: Model, notes: Notes) -> None:
        self.name = inner.name
        self._inner = inner
        self._notes = notes

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`."""
        try:
            reply = await self._inner(request)
        except ModelError as error:
            self._notes.error = error
            raise
        if request.origin.final:
            self._notes.answered = True
            self._notes.calls = reply.choices[0].tool_calls
            self._notes.visible = reply.usage.output - reply.usage.reasoning
        return reply

    async def count(self, request: Request) -> int:
        """Tokens of the prompt, as the inner model counts them."""
        return await self._inner.count(request)
