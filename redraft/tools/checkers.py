"""Checkers for every kind of problem, behind one that picks the right one."""

import unicodedata
from types import TracebackType
from typing import Self

from redraft.core import Problem, Verdict
from redraft.tools.letters import as_letter
from redraft.tools.math_check import MathChecker
from redraft.tools.pool import WorkerPool


class ChoiceChecker:
    """Compares letters; an answer that quotes an option stands for its letter."""

    async def __call__(self, problem: Problem, answer: str) -> Verdict:
        """`unknown` when the problem's own answer names no option."""
        gold = as_letter(problem.answer, problem) if problem.answer is not None else None
        if gold is None:
            return Verdict(outcome="unknown", comment="the problem's answer names no option")
        return Verdict(outcome="passed" if as_letter(answer, problem) == gold else "failed")


class TextChecker:
    """Compares text exactly, after case, width, spaces and outer punctuation are evened out."""

    async def __call__(self, problem: Problem, answer: str) -> Verdict:
        """`unknown` when the problem has no answer."""
        if problem.answer is None:
            return Verdict(outcome="unknown", comment="the problem has no answer to compare with")
        same = _evened(problem.answer) == _evened(answer)
        return Verdict(outcome="passed" if same else "failed")


def _evened(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).strip(" .,;:!\"'`*")


class Checkers:
    """A `Checker` for all kinds, and the owner of the worker processes; an async context.

    `workers` is how many processes algebra may use, `limit` the CPU seconds of one comparison.
    No process starts before an answer needs algebra.
    """

    def __init__(self, workers: int = 2, *, limit: float = 2.0) -> None:
        self._pool = WorkerPool(workers, limit)
        self._math = MathChecker(self._pool)
        self._choice = ChoiceChecker()
        self._text = TextChecker()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.aclose()

    async def __call__(self, problem: Problem, answer: str) -> Verdict:
        """Judge `answer`; nothing that it holds makes this raise."""
        match problem.kind:
            case "math":
                return await self._math(problem, answer)
            case "choice":
                return await self._choice(problem, answer)
            case "text":
                return await self._text(problem, answer)
            case "code":
                return Verdict(outcome="unknown", comment="code is not checked yet")
