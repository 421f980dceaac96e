"""Runs a job in its run folder: opens what the job needs, goes on where it stopped, reports.

The same job started again solves what has no record yet. Problems that failed, or that the run's
budget cut short, are tried again, and their new record takes the place of the old one.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from redraft.agents import load_prompts_by_role
from redraft.core import Memory, Model, Problem, Record
from redraft.graphs import Recipe
from redraft.jobs.events import JobSink, ProblemFinished, RunStarted
from redraft.jobs.feed import BREATH, Done, Feed
from redraft.jobs.folder import RunFolder
from redraft.jobs.handbook import Handbook
from redraft.jobs.job import Job
from redraft.jobs.learner import Learner
from redraft.jobs.lessons import Lessons
from redraft.jobs.online import run_online
from redraft.jobs.records import RecordFile, heal, is_open, read_records, rewrite
from redraft.jobs.report import Learning, Summary, Tally
from redraft.jobs.runner import Patience, collecting_rarely, run_all
from redraft.jobs.solving import Setup, solve_problem
from redraft.jobs.source import make_feed, open_source
from redraft.jobs.stopwatch import Stopwatch
from redraft.jobs.waves import run_waves
from redraft.models import Account, Endpoint, Gate, Journal, Journaled, Limit, Retry, RetryPolicy
from redraft.tools import Checkers

Keep = Callable[[Record], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A job with what a file cannot hold: recipe, models by role, who watches, the open handbook.

    Models are bare; whatever a run wraps around them is put on by the run.
    """

    job: Job
    recipe: Recipe
    models: Mapping[str, Model]
    on_event: JobSink
    handbook: Handbook | None = None

    @property
    def learns(self) -> bool:
        """Whether the run teaches its handbook."""
        return self.job.settings.learn != "off"


async def run_in_folder(
    task: Task, out: Path, problems: Iterator[Problem] | None = None
) -> Summary:
    """Run the job in the folder `out`, or go on with it there; `problems` stand in for its file.

    Raises `InputError`, `StoreError`, `EngineError`, and `ModelError` when the model is gone; in
    each case the same call goes on later.
    """
    job, folder = task.job, RunFolder(out)
    folder.check(job)
    async with Journal.open(folder.journal, job=job.hash) as journal:
        folder.write_job(job)
        done, tally = await _earlier(folder.records)
        task.on_event(RunStarted(len(done), tally.graded, tally.correct))
        stream = open_source(job.problems) if problems is None else problems
        feed = make_feed(job.problems, stream, done)
        watch = Stopwatch(tally, folder.read_summary())
        with RecordFile(folder.records) as file, _lessons(task, folder, done) as lessons:
            complete = False
            try:
                await run_batch(task, feed, tally, file.append, journal, lessons)
                complete = feed.exhausted
            finally:
                summary = watch.summary(stream, complete=complete)
                summary = summary.model_copy(update={"learning": learning(task, lessons, tally)})
                folder.write_summary(summary)
                file.sync()
    return summary


def _lessons(task: Task, folder: RunFolder, done: Done) -> AbstractContextManager[Lessons]:
    return Lessons.open(folder, done) if task.learns else nullcontext(Lessons())


def learning(task: Task, lessons: Lessons, tally: Tally) -> Learning | None:
    """What the run has taught its handbook, if it teaches one."""
    if task.handbook is None or not task.learns:
        return None
    return lessons.summary(task.handbook.store.id, tally.finished)


async def run_batch(
    task: Task,
    feed: Feed,
    tally: Tally,
    append: Keep,
    journal: Journal | None,
    lessons: Lessons,
) -> None:
    """Solve what `feed` hands out; each record goes to `append`, the tally and the watcher.

    Raises as `run_in_folder` does.
    """
    settings, handbook, patience = task.job.settings, task.handbook, Patience()
    async with AsyncExitStack() as stack:
        for model in task.models.values():
            if isinstance(model, Endpoint):
                await stack.enter_async_context(model)
        spent = tally.tokens + lessons.tokens
        setup = await stack.enter_async_context(_prepared(task, journal, spent))

        async def solve(problem: Problem, memory: Memory | None) -> Record:
            record = await solve_problem(problem, replace(setup, memory=memory))
            append(record)
            tally.add(record)
            task.on_event(ProblemFinished(record))
            patience.look_at(record)
            return record

        stack.enter_context(collecting_rarely())
        if handbook is None or not task.learns:
            memory = None if handbook is None else await handbook.at(handbook.begun)
            await run_all(feed, lambda problem: solve(problem, memory), settings.concurrency)
            return
        learner = Learner(task.job, handbook, lessons, setup, task.on_event)
        run = run_waves if settings.learn == "waves" else run_online
        await run(feed, learner, solve)


@asynccontextmanager
async def _prepared(task: Task, journal: Journal | None, spent: int) -> AsyncGenerator[Setup, None]:
    job, settings = task.job, task.job.settings
    folder = Path(settings.prompts) if settings.prompts else None
    knobs = task.recipe.parse(job.knobs)
    gate = Gate(settings.concurrency)
    policy = RetryPolicy(attempts=settings.retries + 1)
    wrapped = {
        id(model): Journaled(Retry(Limit(model, gate), policy), journal)
        for model in task.models.values()
    }
    async with Checkers() as checker:
        yield Setup(
            graph=task.recipe.build(knobs),
            recipe=job.recipe,
            knobs=knobs.model_dump(mode="json"),
            models={role: wrapped[id(model)] for role, model in task.models.items()},
            prompts=load_prompts_by_role(folder, settings.prompt_sets),
            checker=checker,
            sampling=settings.sampling,
            budget=settings.budget,
            account=Account(settings.run_budget, spent=spent),
            seed=settings.seed,
            versions=_versions(task),
            emit=task.on_event,
        )


def _versions(task: Task) -> dict[str, str]:
    prompts = {f"prompt.{name}": hash for name, hash in task.job.prompts.items()}
    models = {f"model.{role}": model.name for role, model in task.models.items()}
    return {**task.job.versions, **prompts, **models}


async def _earlier(path: Path) -> tuple[Done, Tally]:
    """What earlier starts have solved; takes problems that are open again out of the file."""
    heal(path)
    done, tally, again = Done(), Tally(), 0
    for number, record in enumerate(read_records(path)):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        if is_open(record):
            again += 1
        else:
            done.add(record)
            tally.add(record)
    if again:
        rewrite(path, (record for record in read_records(path) if not is_open(record)))
    return done, tally
