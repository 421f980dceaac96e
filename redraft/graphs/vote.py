"""Majority vote over the answers of several solutions (Self-Consistency, arXiv 2203.11171).

Answers count as equal when the run's checker says so, and solutions without one abstain. Ties go
to the answer whose first vote came earliest, a rule of ours: the paper states none.
"""

from collections.abc import Sequence

from redraft.core import Context, Problem, Solution


async def group(
    context: Context, problem: Problem, solutions: Sequence[Solution]
) -> list[list[Solution]]:
    """Solutions with equal answers together, in the order of their first votes."""
    groups: list[list[Solution]] = []
    for solution in solutions:
        if solution.answer is None:
            continue
        home = await _home(context, problem, groups, solution.answer)
        if home is None:
            groups.append([solution])
        else:
            home.append(solution)
    return groups


async def _home(
    context: Context, problem: Problem, groups: list[list[Solution]], answer: str
) -> list[Solution] | None:
    for members in groups:
        if members[0].answer == answer:
            return members
    for members in groups:
        as_gold = problem.model_copy(update={"answer": members[0].answer})
        verdict = await context.checker(as_gold, answer)
        if verdict.outcome == "passed":
            return members
    return None


async def vote(
    context: Context, problem: Problem, solutions: Sequence[Solution]
) -> Solution | None:
    """The majority's solution as a new artifact whose parents are all voters.

    Its path therefore waits for the slowest voter. Without any answer the first solution stands;
    without any solution there is nothing to choose.
    """
    if not solutions:
        return None
    groups = await group(context, problem, solutions)
    winner = max(groups, key=len)[0] if groups else solutions[0]
    if len(solutions) == 1:
        return winner
    chosen = Solution(
        agent="vote", text=winner.text, answer=winner.answer, truncated=winner.truncated
    )
    return context.add(problem, chosen, solutions)


async def agreement(context: Context, problem: Problem, solutions: Sequence[Solution]) -> float:
    """Share of all solutions that gave the most frequent answer, from 0 to 1."""
    groups = await group(context, problem, solutions)
    return max((len(members) for members in groups), default=0) / max(len(solutions), 1)
