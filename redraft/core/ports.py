"""The ports through which a run meets the outside world."""

from collections.abc import Sequence
from typing import Protocol

from redraft.core.artifacts import Behavior, Verdict
from redraft.core.problem import Problem
from redraft.core.recall import Example, ExampleQuery, Query
from redraft.core.request import Reply, Request


class Model(Protocol):
    """Anything that answers a request: an endpoint, an engine, a wrapper around either."""

    @property
    def name(self) -> str:
        """The model's name, part of every journal key: the same name must mean the same model."""
        ...

    async def __call__(self, request: Request) -> Reply:
        """Answer `request` with `request.sampling.n` choices, or raise `ModelError`."""
        ...

    async def count(self, request: Request) -> int:
        """How many tokens the prompt of `request` has: exactly, or at least that many."""
        ...


class Checker(Protocol):
    """Decides whether an answer is right."""

    async def __call__(self, problem: Problem, answer: str) -> Verdict:
        """Compare `answer` with `problem.answer`; `unknown` when it cannot be decided."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors of one length, in which alike texts have a small angle."""

    @property
    def name(self) -> str:
        """Names the vector space: vectors of two names are never compared."""
        ...

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each text, none of them of length 0; raises `ModelError`."""
        ...


class Memory(Protocol):
    """What earlier problems taught, as it stood at one version: it never changes under a run."""

    @property
    def version(self) -> str:
        """What was read, for the record: the same version gives the same answers."""
        ...

    async def recall(self, problem: Problem, query: Query) -> Sequence[Behavior]:
        """Behaviors that may help with `problem`, the most useful first; may be none."""
        ...

    async def examples(self, problem: Problem, query: ExampleQuery) -> Sequence[Example]:
        """Solved problems like `problem`, the most alike first; may be none."""
        ...

    async def skills(self) -> Sequence[str]:
        """The closed list of skills that examples are labelled with, sorted; may be none."""
        ...
