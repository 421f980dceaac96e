"""What happens during a run, as typed events that displays, servers and traces read."""

from collections.abc import Callable
from dataclasses import dataclass

from redraft.core.artifacts import Artifact
from redraft.core.messages import Usage
from redraft.core.request import Delta, Origin

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class NodeStarted:
    """A node of the graph began to work on a problem."""

    problem: str
    node: str


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A call for `n` completions was admitted by the budget and left for the model."""

    origin: Origin
    n: int = 1


@dataclass(frozen=True, slots=True)
class CallFinished:
    """A call for `n` completions came back; `error` is its failure in words, else empty.

    It is `CANCELLED` when nobody waited for the reply any more.
    """

    origin: Origin
    usage: Usage
    seconds: float
    replayed: bool
    error: str = ""
    n: int = 1


@dataclass(frozen=True, slots=True)
class TextCame:
    """A piece of a completion came, of a call that somebody listens to."""

    origin: Origin
    delta: Delta


@dataclass(frozen=True, slots=True)
class ArtifactMade:
    """An agent, a vote or a checker added an artifact to the lineage."""

    problem: str
    artifact: Artifact


Event = NodeStarted | CallStarted | TextCame | CallFinished | ArtifactMade
Sink = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The sink of a run that nobody watches."""
