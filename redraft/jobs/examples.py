"""What a run teaches besides behaviors: the problems that it solved, and the wrong attempts that
stand beside a right one. Only checked answers count."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from redraft.agents import on_list
from redraft.core import Example, Explanation, Labels, Problem, Record, Solution, StoreError
from redraft.graphs import MOST_WRONG
from redraft.jobs.folder import RunFolder
from redraft.jobs.job import load_job
from redraft.jobs.records import read_records
from redraft.jobs.source import open_source

EXPLAIN = "explain"
"""The recipe whose records hold explanations and skills."""


def examples_of(record: Record, problem: Problem, known: Sequence[str] = ()) -> list[Example]:
    """What `record` of `problem` teaches: nothing, or a solved problem and mistakes after it.

    The solution is the accepted one where the gold answer calls it right, else the first right
    candidate. Mistakes are attempts with other answers that it calls wrong, at most three, one for
    each answer, those that were explained first. Attempts cut off at their token cap are none.
    Error, explanation and skills come along where the run named them; of the skills those on the
    list `known`.
    """
    attempts, grades = _attempts(record), _grades(record)
    right = next((one for one in attempts if grades.get(one.answer)), None)
    if right is None:
        return []
    told = _Told(record, known)
    wrong: dict[str | None, Solution] = {}
    for one in sorted(attempts, key=told.rank):
        if one.answer is not None and grades.get(one.answer) is False:
            wrong.setdefault(one.answer, one)
    plain = Example(key=record.key, problem=problem.text, solution=right.text)
    mistakes = (told.about(plain, one) for one in list(wrong.values())[:MOST_WRONG])
    return [plain.model_copy(update={"skills": told.taken}), *mistakes]


def _attempts(record: Record) -> list[Solution]:
    """The whole solutions of a record, the accepted one first."""
    made = [one for one in record.artifacts if isinstance(one, Solution) and not one.truncated]
    return sorted(made, key=lambda one: one.id != record.final)


def _grades(record: Record) -> dict[str | None, bool | None]:
    """What the gold answer says of each answer that was graded."""
    candidates = zip(record.candidates, record.candidates_correct, strict=False)
    return {**dict(candidates), record.answer: record.correct}


class _Told:
    """What a record says of attempts, by their texts: a vote's winner is a copy of a draft."""

    def __init__(self, record: Record, known: Sequence[str]) -> None:
        texts = {one.id: one.text for one in record.artifacts if isinstance(one, Solution)}
        self.taken: tuple[str, ...] = ()
        self._explained: dict[str, Explanation] = {}
        self._lacked: dict[str, tuple[str, ...]] = {}
        for one in record.artifacts:
            about = texts.get(one.parents[0], "") if one.parents else ""
            if isinstance(one, Explanation):
                self._explained[about] = one
            elif isinstance(one, Labels):
                names = tuple(on_list(one.names, known))
                if one.agent == "question_skills":
                    self.taken = names
                else:
                    self._lacked[about] = names

    def rank(self, attempt: Solution) -> int:
        """Lower for an attempt of which more is told."""
        return -(attempt.text in self._explained) - (attempt.text in self._lacked)

    def about(self, solved: Example, attempt: Solution) -> Example:
        """`solved` with the wrong `attempt` and what is told of it."""
        explained = self._explained.get(attempt.text)
        told = {
            "wrong": attempt.text,
            "error": explained.error if explained else "",
            "explanation": explained.text if explained else "",
            "skills": self._lacked.get(attempt.text, ()),
        }
        return solved.model_copy(update=told)


def examples_in(run: RunFolder, known: Sequence[str] = ()) -> Iterator[Example]:
    """What the problems of a run teach, one after the other; see `examples_of`.

    Raises `InputError` where the run has no job or its problems are gone, and `StoreError`.
    """
    problems = {problem.key: problem for problem in open_source(load_job(run.job).problems)}
    for record in read_records(run.records):
        if record.key in problems:
            yield from examples_of(record, problems[record.key], known)


def write_attempts(run: RunFolder, path: Path, *, solved: bool) -> int:
    """Write what a run teaches as a problem file for `explain`; how many problems.

    The solution stands in the field "trace", wrong attempts in "wrong"; problems without a wrong
    attempt are written if `solved`. Raises as `examples_in` does.
    """
    found = {key: list(made) for key, made in groupby(examples_in(run), lambda one: one.key)}
    rows = [
        json.dumps(_row(problem, found[problem.key]))
        for problem in open_source(load_job(run.job).problems)
        if problem.key in found and (solved or len(found[problem.key]) > 1)
    ]
    try:
        path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from None
    return len(rows)


def _row(problem: Problem, taught: Sequence[Example]) -> dict[str, object]:
    own = problem.model_dump(mode="json", exclude_defaults=True, exclude={"prompt", "meta"})
    wrong = [one.wrong for one in taught[1:]]
    given = {"question": problem.prompt, "kind": problem.kind, "trace": taught[0].solution}
    return {**problem.meta, **own, **given, "wrong": wrong}
