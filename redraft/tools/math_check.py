"""The checker of mathematical answers: exact and in-process where it can, math-verify where not."""

from collections import OrderedDict

from redraft.core import Problem, Verdict
from redraft.tools.equality import decide
from redraft.tools.normal import plain
from redraft.tools.pool import Comparison, WorkerPool

_MOST_REMEMBERED = 4096


class MathChecker:
    """Compares an answer with the problem's; the gold answer is the first side throughout."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._seen: OrderedDict[tuple[str, str], Comparison] = OrderedDict()

    async def __call__(self, problem: Problem, answer: str) -> Verdict:
        """`passed`, `failed`, or `unknown` with the reason as comment; never raises."""
        if problem.answer is None:
            return Verdict(outcome="unknown", comment="the problem has no answer to compare with")
        outcome, comment = decide(problem.answer, answer) or await self._by_algebra(
            plain(problem.answer), plain(answer)
        )
        return Verdict(outcome=outcome, comment=comment)

    async def _by_algebra(self, gold: str, answer: str) -> Comparison:
        pair = (gold, answer)
        if pair in self._seen:
            self._seen.move_to_end(pair)
            return self._seen[pair]
        comparison = await self._pool.compare(gold, answer)
        self._seen[pair] = comparison
        if len(self._seen) > _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return comparison
