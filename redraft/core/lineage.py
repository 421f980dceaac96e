"""The graph of artifacts and calls of one problem, and the costs that are read off it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from redraft.core.artifacts import Artifact
from redraft.core.messages import Usage
from redraft.core.record import Failure
from redraft.core.request import Origin, Reply
from redraft.core.values import Value

A = TypeVar("A", bound=Artifact)


class Call(Value):
    """One paid call, whatever became of its text."""

    key: str
    agent: str
    role: str
    model: str
    usage: Usage
    seconds: float


class Lineage:
    """Artifacts, calls and failures of one problem. Grows only; nothing is counted twice.

    `visits` counts how often each node of the graph ran.
    """

    def __init__(self) -> None:
        self.artifacts: dict[str, Artifact] = {}
        self.calls: dict[str, Call] = {}
        self.failures: list[Failure] = []
        self.visits: Counter[str] = Counter()
        self._sequential: dict[str, int] = {}

    def note(self, origin: Origin, reply: Reply) -> None:
        """Enter a call; a second entry under the same key changes nothing."""
        self.calls.setdefault(
            reply.key,
            Call(
                key=reply.key,
                agent=origin.agent,
                role=origin.role,
                model=reply.model,
                usage=reply.usage,
                seconds=reply.seconds,
            ),
        )

    def add(self, artifact: A, parents: Sequence[Artifact] = (), index: int = 0) -> A:
        """Give `artifact` its parents and a name that the same run would give again.

        `index` tells artifacts apart that come from the same calls and parents.
        """
        parent_ids = tuple(dict.fromkeys(parent.id for parent in parents))
        kind = type(artifact).__name__.lower()
        seed = "\x1f".join((kind, artifact.agent, str(index), *artifact.calls, *parent_ids))
        name = f"{kind}-{hashlib.blake2b(seed.encode(), digest_size=6).hexdigest()}"
        named = artifact.model_copy(update={"id": name, "parents": parent_ids})
        self.artifacts[name] = named
        self._sequential[name] = self.sequential(parents) + artifact.usage.total
        return named

    def restore(self, artifact: Artifact) -> None:
        """Take in an artifact of an earlier run, to be a parent here; it was paid there."""
        if artifact.id not in self.artifacts:
            self.artifacts[artifact.id] = artifact
            self._sequential[artifact.id] = 0

    def sequential(self, artifacts: Iterable[Artifact]) -> int:
        """`B_seq`: tokens on the longest path to `artifacts`, their own calls included."""
        return max((self._sequential[artifact.id] for artifact in artifacts), default=0)

    def total(self) -> Usage:
        """`B_total`: tokens of all calls, also of those whose text was thrown away."""
        return sum((call.usage for call in self.calls.values()), Usage())
