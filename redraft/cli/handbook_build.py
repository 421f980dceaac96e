"""`redraft handbook build`: a run of `learn` over the solutions of another run, and what of its
behaviors the handbook takes over."""

import asyncio
from argparse import Namespace
from collections import Counter
from pathlib import Path

from redraft.cli import signals
from redraft.cli.outcome import say
from redraft.cli.plan import Plan, make_plan
from redraft.cli.progress import Progress
from redraft.cli.solve import guarded, run_plan
from redraft.cli.terminal import one_line
from redraft.core import InputError
from redraft.jobs import Learnt, RunFolder, count_uses, load_job, take_over, write_traces
from redraft.memory import Outcome, SqliteStore

_TRACES = "traces.jsonl"


def build_handbook(options: Namespace) -> int:
    """Learn from a run, or from a file of solutions; returns the exit status.

    What was done stays done: the same command goes on, and a handbook takes nothing over twice.
    """
    run, book = Path(options.run), Path(options.book)
    asyncio.run(_open(book))
    if not run.is_dir():
        return _learn(options, str(run), f"runs/learn-{run.stem}", book)
    folder = RunFolder(run)
    if not folder.job.is_file():
        raise InputError(f"{run}: not the folder of a run: it has no job.toml")
    uses = asyncio.run(_count(book, folder))
    if uses:
        say(f"counted {uses:,} uses of behaviors")
    if load_job(folder.job).recipe == "learn":
        return _take_over(book, folder)
    out = options.out or f"runs/learn-{run.resolve().name}"
    Path(out).mkdir(parents=True, exist_ok=True)
    traces = Path(out) / _TRACES
    if not write_traces(folder, traces):
        raise InputError(f"{run}: no problem has an answer yet, so there is nothing to learn from")
    return _learn(options, str(traces), out, book)


async def _open(book: Path) -> None:
    async with SqliteStore.open(book):
        pass


async def _count(book: Path, folder: RunFolder) -> int:
    async with SqliteStore.open(book) as store:
        return await count_uses(store, folder)


def _learn(options: Namespace, problems: str, out: str, book: Path) -> int:
    options.problems, options.out = problems, options.out or out
    options.settings = [("gate", options.gate)]
    progress = Progress(prices=None)
    plan = make_plan(options)
    return guarded(plan, progress, lambda: _run(options, plan, progress, book))


def _run(options: Namespace, plan: Plan, progress: Progress, book: Path) -> int:
    signals.run(run_plan(plan, progress, quiet=options.quiet))
    return _take_over(book, RunFolder(plan.folder))


def _take_over(book: Path, folder: RunFolder) -> int:
    async def work() -> Learnt:
        async with SqliteStore.open(book) as store:
            return await take_over(store, folder)

    learnt = asyncio.run(work())
    print("\n".join(_lines(book, learnt)))
    return 0


def _lines(book: Path, learnt: Learnt) -> list[str]:
    counts = Counter(outcome.did for outcome in learnt.outcomes)
    did = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    return [
        f"{len(learnt.outcomes):,} behaviors named: {did or 'nothing to take over'}",
        *_reasons([one for one in learnt.outcomes if one.did == "refused"]),
        *(one_line(f"{one.name} is now {one.did}: {one.reason}") for one in learnt.moved),
        f"{book} is at version {learnt.version:,}",
    ]


def _reasons(refused: list[Outcome]) -> list[str]:
    """The commonest reasons for which behaviors were refused, with one of them each."""
    examples = {outcome.reason: outcome.name for outcome in refused}
    counts = Counter(outcome.reason for outcome in refused).most_common(5)
    return ["  " + one_line(f"refused {n:,}: {why} ({examples[why]})") for why, n in counts]
