"""`redraft handbook build`: a run of `learn` over the solutions of another run, and what of its
behaviors the handbook takes over."""

import asyncio
import json
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from redraft.cli import signals
from redraft.cli.handbook_build_examples import build_examples
from redraft.cli.handbook_merge import by_agent, deciding
from redraft.cli.outcome import say
from redraft.cli.plan import Plan, make_plan
from redraft.cli.progress import Progress
from redraft.cli.solve import guarded, read_prices, run_plan
from redraft.cli.terminal import one_line
from redraft.core import InputError, Model
from redraft.jobs import Learnt, RunFolder, count_uses, load_job, take_over, write_traces
from redraft.memory import NoHandbook, Outcome, by_rules, open_store, without_password

_TRACES = "traces.jsonl"
_Taken = tuple[int, Learnt]
"""How many uses were counted, and what became of the behaviors."""


def build_handbook(options: Namespace) -> int:
    """Learn from a run, or from a file of solutions; returns the exit status.

    What was done stays done: the same command goes on, and a handbook takes nothing over twice.
    """
    asyncio.run(_check(options.book))
    if "behaviors" not in options.what:
        return build_examples(options)
    run = Path(options.run)
    folder = RunFolder(run) if run.is_dir() else None
    if folder is None:
        options.problems, options.out = str(run), options.out or f"runs/learn-{run.stem}"
    elif not folder.job.is_file():
        raise InputError(f"{run}: not the folder of a run: it has no job.toml")
    elif load_job(folder.job).recipe == "learn":
        return _take_over(options, folder, folder)
    else:
        options.out = options.out or f"runs/learn-{run.resolve().name}"
        options.problems = str(_traces(folder, Path(options.out)))
    options.settings = [("gate", options.gate)]
    progress, plan = Progress(prices=read_prices(options)), make_plan(options)
    return guarded(plan, progress, lambda: _run(options, plan, progress, folder))


async def _check(book: str) -> None:
    """Raise `InputError` where a handbook can neither be opened nor made."""
    with suppress(NoHandbook):
        async with open_store(book, create=False):
            pass


def _traces(folder: RunFolder, out: Path) -> Path:
    """The solutions of a run as a problem file in the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / _TRACES
    if not write_traces(folder, path):
        raise InputError(f"{folder.path}: no problem has an answer yet: nothing to learn from")
    return path


def _run(options: Namespace, plan: Plan, progress: Progress, used: RunFolder | None) -> int:
    learnt, found = RunFolder(plan.folder), list[_Taken]()

    async def then(models: Mapping[str, Model]) -> None:
        found.append(await _into(options, learnt, used, models))

    # Of our own vLLM one start serves both.
    after = then if by_agent(options) else None
    signals.run(run_plan(plan, progress, quiet=options.quiet, then=after))
    return _tell(options, learnt, found[0]) if found else _take_over(options, learnt, used)


def _take_over(options: Namespace, learnt: RunFolder, used: RunFolder | None) -> int:
    return _tell(options, learnt, signals.run(_into(options, learnt, used)))


def _tell(options: Namespace, learnt: RunFolder, done: _Taken) -> int:
    uses, taken = done
    if options.json:
        print(json.dumps(_as_json(uses, taken), indent=2))
    else:
        print("\n".join(_lines(options.book, uses, taken)))
    if not taken.admitted:
        say(
            f"no solution was let through by --gate {load_job(learnt.job).knobs['gate']}: right "
            "ones are needed, or, without gold answers, another gate"
        )
    return 0


async def _into(
    options: Namespace,
    learnt: RunFolder,
    used: RunFolder | None,
    opened: Mapping[str, Model] | None = None,
) -> _Taken:
    job = load_job(learnt.job)
    async with (
        open_store(options.book) as store,
        deciding(options, job, learnt.path, opened) as decide,
    ):
        uses = 0 if used is None else await count_uses(store, used)
        return uses, await take_over(store, learnt, decide or by_rules)


def _as_json(uses: int, taken: Learnt) -> dict[str, object]:
    return {
        "version": taken.version,
        "admitted": taken.admitted,
        "uses": uses,
        "outcomes": [one.model_dump(mode="json") for one in taken.outcomes],
        "moved": [one.model_dump(mode="json") for one in taken.moved],
    }


def _lines(book: str, uses: int, taken: Learnt) -> list[str]:
    counts = Counter(outcome.did for outcome in taken.outcomes)
    did = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    named = f"{len(taken.outcomes):,} behaviors named in {taken.admitted:,} solutions"
    return [
        *([f"{uses:,} uses of behaviors counted"] if uses else []),
        f"{named}: {did or 'nothing to take over'}",
        *_reasons([one for one in taken.outcomes if one.did == "refused"]),
        *_moves(taken.moved),
        f"{without_password(book)} is at version {taken.version:,}",
    ]


def _moves(moved: list[Outcome]) -> list[str]:
    """What changed status, with those together that moved for the same reason."""
    together: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in moved:
        together[one.did, one.reason].append(one.name)
    return [
        one_line(
            f"{names[0]} is now {did}: {reason}"
            if len(names) == 1
            else f"{len(names):,} behaviors, such as {names[0]}, are now {did}: {reason}"
        )
        for (did, reason), names in together.items()
    ]


def _reasons(refused: list[Outcome]) -> list[str]:
    """The commonest reasons for which behaviors were refused, with one of them each."""
    examples = {outcome.reason: outcome.name for outcome in refused}
    counts = Counter(outcome.reason for outcome in refused).most_common(5)
    return ["  " + one_line(f"refused {n:,}: {why} ({examples[why]})") for why, n in counts]
