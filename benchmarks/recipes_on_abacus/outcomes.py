"""What the benchmark keeps of a record, and how the answer that a recipe began with is graded."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from redraft import Record
from redraft.core import Solution


@dataclass(frozen=True, slots=True)
class Outcome:
    """One problem solved once. `problem` is its key; budgets are tokens.

    `began_right` says whether the recipe's first answer was right; `None` without a first draft.
    """

    problem: str
    right: bool
    began_right: bool | None
    b_seq: int
    b_total: int
    failures: tuple[str, ...]


def outcome_of(record: Record) -> Outcome:
    """The outcome that `record` tells of; what was not decided counts as not right."""
    return Outcome(
        problem=record.key,
        right=record.correct is True,
        began_right=began_right(record),
        b_seq=record.b_seq,
        b_total=record.b_total,
        failures=tuple(failure.kind for failure in record.failures),
    )


def first_drafts(record: Record) -> list[Solution]:
    """The solutions that came of the first call for drafts, in their order."""
    solutions = [one for one in record.artifacts if isinstance(one, Solution) and one.calls]
    return [one for one in solutions if one.calls[0] == solutions[0].calls[0]]


def grader(record: Record) -> Callable[[Solution], bool]:
    """Grades solutions of `record` by the grades that the record holds for their answers."""
    grades = dict(zip(record.candidates, record.candidates_correct, strict=True))
    grades[record.answer] = record.correct
    return lambda solution: solution.answer is not None and grades.get(solution.answer) is True


def began_right(record: Record) -> bool | None:
    """Whether the answer before anything but drafting was done is right.

    For `vote`, whose end is the vote, that is the first draft; for every other recipe the majority
    of its first drafts, which is the draft itself where there is one.
    """
    drafts, is_right = first_drafts(record), grader(record)
    if not drafts:
        return None
    voters = drafts[:1] if record.recipe == "vote" else drafts
    return majority_is_right([(one.answer, is_right(one)) for one in voters])


def majority_is_right(votes: Iterable[tuple[str | None, bool]]) -> bool:
    """Whether the most frequent answer is right; ties go to the first, no answer abstains.

    Right answers are one answer whatever their notation, as in a vote.
    """
    counted = Counter("" if right else f"={text}" for text, right in votes if text is not None)
    return bool(counted) and counted.most_common(1)[0][0] == ""


def by_problem(runs: Sequence[Sequence[Outcome]]) -> dict[str, float]:
    """The share of seeds, from 0 to 1, at which each problem was solved."""
    right: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for outcome in (outcome for run in runs for outcome in run):
        right[outcome.problem] += outcome.right
        tried[outcome.problem] += 1
    return {problem: right[problem] / times for problem, times in tried.items()}
