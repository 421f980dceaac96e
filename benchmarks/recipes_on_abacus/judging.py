"""How often critic and verifier are right about first drafts, by the exact checker's word.

A problem's file line brings its canonical steps as `steps`; the checker says which step of an
attempt is the first that differs from them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from recipes_on_abacus.outcomes import first_drafts, grader
from recipes_on_abacus.results import Judge, Score
from redraft import Problem, Record
from redraft.core import Critique, Solution, Verdict

J = TypeVar("J", Critique, Verdict)
FirstWrong = Callable[[Sequence[str], str], int | None]
CALLED = ("called right", "wrong at the right step", "wrong at another step", "no critique")
VERDICTS = ("passed", "failed", "no verdict")


@dataclass(frozen=True, slots=True)
class Case:
    """A first draft. `fault` is its first wrong step, from 1, `None` when all are right."""

    right: bool
    fault: int | None
    critique: Critique | None

    @property
    def row(self) -> str:
        """What is so."""
        if not self.right:
            return "wrong answer"
        return "right answer, all steps right" if self.fault is None else "right answer, a step off"

    @property
    def named(self) -> int | None:
        """The step that the critic calls the first wrong one."""
        found = self.critique is not None and self.critique.first_error > 0
        return self.critique.first_error if self.critique is not None and found else None

    @property
    def rejected(self) -> bool:
        """Whether the critic calls the final answer wrong, which is what gates read."""
        return self.critique is not None and not self.critique.final_correct

    @property
    def column(self) -> str:
        """What the critic said."""
        if self.critique is None:
            return CALLED[3]
        if self.named is None and not self.rejected:
            return CALLED[0]
        return CALLED[1] if self.fault is not None and self.named == self.fault else CALLED[2]


def steps_of(problem: Problem) -> Sequence[str] | None:
    """The canonical steps that the problem's line brought, if it did."""
    steps = problem.meta.get("steps")
    return cast(Sequence[str], steps) if isinstance(steps, list) and steps else None


def judge_critic(
    records: Iterable[Record], problems: Mapping[str, Problem], first_wrong: FirstWrong
) -> Judge:
    """The critic on the first drafts of `records`; `problems` go by key and have steps."""
    cases: list[Case] = []
    for record in records:
        steps = steps_of(problems[record.key])
        if steps is None:
            continue
        is_right = grader(record)
        cases += [
            Case(is_right(draft), first_wrong(steps, draft.text), _of(record, draft, Critique))
            for draft in first_drafts(record)
        ]
    rows = ("right answer, all steps right", "right answer, a step off", "wrong answer")
    faulty = [case for case in cases if case.fault is not None]
    named = [case for case in cases if case.named is not None]
    return Judge(
        columns=CALLED,
        rows=_table([(case.row, case.column) for case in cases], rows, CALLED),
        scores=(
            Score(
                claim="a step is wrong",
                said=len(named),
                true=len(faulty),
                hit=sum(case.fault is not None for case in named),
            ),
            Score(
                claim="this step is the first wrong one",
                said=len(named),
                true=len(faulty),
                hit=sum(case.fault == case.named for case in named),
            ),
            _rejections([(case.right, case.rejected) for case in cases]),
        ),
    )


def judge_verifier(records: Iterable[Record]) -> Judge:
    """The verifier on the first drafts of `records`."""
    cases: list[tuple[bool, str]] = []
    for record in records:
        is_right = grader(record)
        for draft in first_drafts(record):
            verdict = _of(record, draft, Verdict)
            said = "no verdict" if verdict is None else verdict.outcome
            cases.append((is_right(draft), said))
    named = [("right answer" if right else "wrong answer", said) for right, said in cases]
    return Judge(
        columns=VERDICTS,
        rows=_table(named, ("right answer", "wrong answer"), VERDICTS),
        scores=(_rejections([(right, said == "failed") for right, said in cases]),),
    )


def _rejections(cases: Sequence[tuple[bool, bool]]) -> Score:
    return Score(
        claim="the final answer is wrong",
        said=sum(rejected for _, rejected in cases),
        true=sum(not right for right, _ in cases),
        hit=sum(rejected and not right for right, rejected in cases),
    )


def _table(
    pairs: Iterable[tuple[str, str]], rows: Sequence[str], columns: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    counted = Counter(pairs)
    return {row: tuple(counted[row, column] for column in columns) for row in rows}


def _of(record: Record, draft: Solution, kind: type[J]) -> J | None:
    judged = (one for one in record.artifacts if one.parents == (draft.id,))
    return next((one for one in judged if isinstance(one, kind)), None)
