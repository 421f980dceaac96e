"""What may pass: one interface for every place where a solution could do harm in a context.

`oracle` looks at the gold answer. It exists for experiments; whoever uses it must report it
apart, and a record says so.
"""

from collections.abc import Sequence
from typing import Literal

from redraft.agents import CRITIC, VERIFIER
from redraft.core import Context, Problem, Solution
from redraft.graphs.node import settle

Gate = Literal["all", "critic", "verifier", "oracle"]


async def passes(context: Context, problem: Problem, gate: Gate, solution: Solution) -> bool:
    """Whether `gate` lets `solution` through. An undecided check does not pass."""
    if gate == "all":
        return True
    if gate == "oracle":
        return await is_right(context, problem, solution) is True
    shown = {"solution": solution.text}
    if gate == "critic":
        (critique,) = await CRITIC(context, problem, parents=[solution], values=shown)
        return critique.final_correct
    (verdict,) = await VERIFIER(context, problem, parents=[solution], values=shown)
    return verdict.outcome == "passed"


async def admit(
    context: Context, problem: Problem, gate: Gate, solutions: Sequence[Solution]
) -> list[Solution]:
    """The solutions that pass, in their order; one whose check failed does not."""
    if gate == "all":
        return list(solutions)
    checks = (passes(context, problem, gate, solution) for solution in solutions)
    passed = await settle(context, f"gate {gate}", checks)
    return [solution for solution, ok in zip(solutions, passed, strict=True) if ok]


async def is_right(context: Context, problem: Problem, solution: Solution) -> bool | None:
    """Whether the gold answer agrees; `None` without one, or when it cannot be decided."""
    if problem.answer is None:
        return None
    if solution.answer is None:
        return False
    verdict = await context.checker(problem, solution.answer)
    return {"passed": True, "failed": False}.get(verdict.outcome)
