"""The ports through which a run meets the outside world."""

from typing import Protocol

from redraft.core.artifacts import Verdict
from redraft.core.problem import Problem
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
