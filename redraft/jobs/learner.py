"""Teaches a handbook while a run goes on: lessons out of right solutions, by the run's own models
and out of its own budget, and what the handbook takes in of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from redraft.core import ModelError, Problem, Record, StoreError
from redraft.graphs import RECIPES
from redraft.jobs.events import JobSink, LearningEnded, LearningStarted
from redraft.jobs.examples import examples_of
from redraft.jobs.feed import Done, Feed, name_of
from redraft.jobs.handbook import Handbook
from redraft.jobs.job import Job
from redraft.jobs.learning import LEARN, TRACE, Learnt, final_text, take_in
from redraft.jobs.lessons import Lessons, Step
from redraft.jobs.records import is_open, read_records
from redraft.jobs.runner import run_all
from redraft.jobs.solving import Setup, solve_problem
from redraft.memory import teach, uses_of

MOST_OWED = 1000
"""How many problems are kept in memory for another try when a step fails; the next start of the
run finds the others in its records (ours)."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A problem that did not fail, with its record."""

    problem: Problem
    record: Record

    @property
    def name(self) -> str:
        """What tells it from all others of the run."""
        return name_of(self.problem)

    @property
    def trace(self) -> str:
        """The solution to learn from; empty unless the checker called it right."""
        return final_text(self.record) if self.record.correct is True else ""


class Learner:
    """The curator of one run. What it takes in it never takes in twice, after a restart neither."""

    def __init__(
        self, job: Job, handbook: Handbook, lessons: Lessons, setup: Setup, emit: JobSink
    ) -> None:
        recipe = RECIPES[LEARN]
        knobs = recipe.parse({})
        self.job = job
        self.handbook = handbook
        self.lessons = lessons
        self.deciding = asyncio.Lock()
        self._emit = emit
        self._setup = replace(
            setup,
            graph=recipe.build(knobs),
            recipe=LEARN,
            knobs=knobs.model_dump(mode="json"),
            memory=None,
        )
        self._owed: list[Solved] = []
        self._made: dict[str, Record] = {}

    @property
    def broke(self) -> bool:
        """Whether the run's budget is spent."""
        return self._setup.account.exhausted is not None

    async def newest(self) -> int:
        """Turn to the handbook's newest version; where it cannot be read, stay with the last."""
        try:
            return await self.handbook.turn()
        except (StoreError, ModelError) as error:
            self._tell(str(error))
            return self.handbook.newest

    async def learn(self, solved: Sequence[Solved], *, turn: bool = False) -> None:
        """Teach the handbook what `solved` and all that is still owed are worth, in this order.

        With `turn`, later problems read the new version from when it is told. What could not be
        learnt is told and owed. Raises what concerns the whole run.
        """
        fresh = [one for one in (*self._owed, *solved) if one.name not in self.lessons]
        if not fresh:
            return
        trouble = await self._make(fresh)
        ready = [one for one in fresh if not one.trace or one.name in self._made]
        if ready:
            try:
                learnt = await self._take_in(ready)
            except StoreError as error:
                self._owed = fresh[-MOST_OWED:]
                self._tell(str(error))
                return
            made = [self._made.pop(one.name) for one in ready if one.trace]
            names = tuple(one.name for one in ready)
            self.lessons.add(Step(taken=names, lessons=tuple(made), version=learnt.version))
            if turn:
                await self.newest()
            added = sum(outcome.did == "added" for outcome in learnt.outcomes)
            self._emit(LearningEnded(added, learnt.version))
        self._owed = [one for one in fresh if one.name not in self.lessons][-MOST_OWED:]
        if trouble:
            self._tell(trouble)

    def solved_before(self, problems: Sequence[Problem]) -> list[Solved]:
        """Those of `problems` that earlier starts of the run have solved, in their order."""
        if self.lessons.records is None or not problems:
            return []
        wanted = {name_of(problem) for problem in problems}
        found = {
            name: record
            for record in read_records(self.lessons.records)
            if (name := name_of(record)) in wanted and not is_open(record)
        }
        return [Solved(one, found[name_of(one)]) for one in problems if name_of(one) in found]

    async def _make(self, solved: Sequence[Solved]) -> str:
        """Have a lesson made of each right solution; why some could not be, if so."""
        todo = [_with_trace(one) for one in solved if one.trace and one.name not in self._made]
        self._emit(LearningStarted(len(todo)))
        failed: list[str] = []

        async def work(problem: Problem) -> Record:
            record = await solve_problem(problem, self._setup)
            if is_open(record) or any(one.kind == ModelError.kind for one in record.failures):
                failed.append(record.failures[-1].message if record.failures else record.stopped_by)
            else:
                self._made[name_of(problem)] = record
            return record

        await run_all(Feed(iter(todo), Done()), work, self.job.settings.concurrency)
        missing = sum(name_of(problem) not in self._made for problem in todo)
        return f"{missing:,} solutions not learnt from: {failed[0]}" if missing else ""

    async def _take_in(self, solved: Sequence[Solved]) -> Learnt:
        store, run = self.handbook.store, self.job.hash
        await store.add_uses([use for one in solved for use in uses_of(one.record, run)])
        await teach(
            store, [each for one in solved for each in examples_of(one.record, one.problem)]
        )
        made = [(self._made[one.name], one.problem) for one in solved if one.trace]
        return await take_in(store, self.job, made)

    def _tell(self, trouble: str) -> None:
        self.lessons.trouble = trouble
        self._emit(LearningEnded(0, self.handbook.newest, trouble))


def _with_trace(solved: Solved) -> Problem:
    meta = {**solved.problem.meta, TRACE: solved.trace}
    return solved.problem.model_copy(update={"meta": meta})
