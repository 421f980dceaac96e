"""Runs a job in its run folder: opens what the job needs, goes on where it stopped, reports.

The same job started again solves what has no record yet. Problems that failed, or that the run's
budget cut short, are tried again, and their new record takes the place of the old one.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redraft.agents import load_prompts_by_role
from redraft.core import InputError, Memory, Model, Problem, Record
from redraft.graphs import Recipe
from redraft.jobs.events import JobSink, ProblemFinished, RunStarted
from redraft.jobs.feed import BREATH, Done, Feed, PipeFeed
from redraft.jobs.folder import RunFolder
from redraft.jobs.job import IN_MEMORY, Job, Source
from redraft.jobs.problems import STDIN, ProblemStream, read_problems
from redraft.jobs.records import RecordFile, heal, read_records, rewrite
from redraft.jobs.report import Summary, Tally
from redraft.jobs.runner import RUN_BUDGET, Keep, run_all
from redraft.jobs.solving import Setup
from redraft.jobs.stopwatch import Stopwatch
from redraft.models import Account, Endpoint, Gate, Journal, Journaled, Limit, Retry, RetryPolicy
from redraft.tools import Checkers


@dataclass(frozen=True, slots=True)
class Task:
    """A job with what a file cannot hold: its recipe, its models by role, who watches, its memory.

    Models are bare; whatever a run wraps around them is put on by the run.
    """

    job: Job
    recipe: Recipe
    models: Mapping[str, Model]
    on_event: JobSink
    memory: Memory | None = None


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
        with RecordFile(folder.records) as file:
            complete = False
            try:
                await run_batch(task, feed, tally, file.append, journal)
                complete = feed.exhausted
            finally:
                summary = watch.summary(stream, complete=complete)
                folder.write_summary(summary)
                file.sync()
    return summary


async def run_batch(
    task: Task, feed: Feed, tally: Tally, append: Keep, journal: Journal | None
) -> None:
    """Solve what `feed` hands out; each record goes to `append`, the tally and the watcher."""

    def keep(record: Record) -> None:
        append(record)
        tally.add(record)
        task.on_event(ProblemFinished(record))

    async with AsyncExitStack() as stack:
        for model in task.models.values():
            if isinstance(model, Endpoint):
                await stack.enter_async_context(model)
        setup = await stack.enter_async_context(_prepared(task, journal, tally.tokens))
        await run_all(feed, setup, keep, task.job.settings.concurrency)


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
            memory=task.memory,
        )


def _versions(task: Task) -> dict[str, str]:
    prompts = {f"prompt.{name}": hash for name, hash in task.job.prompts.items()}
    models = {f"model.{role}": model.name for role, model in task.models.items()}
    read = {} if task.memory is None else {"handbook": task.memory.version}
    return {**task.job.versions, **prompts, **models, **read}


def open_source(source: Source) -> ProblemStream:
    """The problems of a job's file; raises `InputError` if there is none."""
    if source.path == IN_MEMORY:
        raise InputError("this job's problems were given in Python: run it again from there")
    return read_problems(
        source.path,
        fields=source.fields,
        kind=source.kind,
        on_error=source.on_error,
        limit=source.limit,
    )


def check_source(source: Source) -> None:
    """Read the first problem, so that a mistake is told before a model is started.

    Raises `InputError`. What can be read only once, such as standard input, is left alone.
    """
    if not _is_pipe(source):
        next(open_source(source), None)


def make_feed(source: Source, problems: Iterator[Problem], done: Done) -> Feed:
    """A feed over `problems` that never waits for a pipe."""
    kind = PipeFeed if _is_pipe(source) else Feed
    return kind(problems, done)


def _is_pipe(source: Source) -> bool:
    return source.path == STDIN or Path(source.path).is_fifo()


async def _earlier(path: Path) -> tuple[Done, Tally]:
    """What earlier starts have solved; takes problems that are open again out of the file."""
    heal(path)
    done, tally, again = Done(), Tally(), 0
    for number, record in enumerate(read_records(path)):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        if _is_open(record):
            again += 1
        else:
            done.add(record)
            tally.add(record)
    if again:
        rewrite(path, (record for record in read_records(path) if not _is_open(record)))
    return done, tally


def _is_open(record: Record) -> bool:
    """Whether another start may do better: it failed, or the run's budget cut it short."""
    return record.stopped_by == "failed" or record.stopped_by.startswith(RUN_BUDGET)
