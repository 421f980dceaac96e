"""`redraft handbook build --what ...`: solved problems and mistakes of a run, and a run of
`explain` that labels them."""

import asyncio
import json
from argparse import Namespace
from pathlib import Path

from redraft.cli import signals
from redraft.cli.handbook_examples import tell
from redraft.cli.outcome import say
from redraft.cli.plan import Plan, make_plan
from redraft.cli.progress import Progress
from redraft.cli.solve import guarded, read_prices, run_plan
from redraft.core import Example, InputError
from redraft.jobs import EXPLAIN, RunFolder, examples_in, load_job, write_attempts
from redraft.memory import Taught, open_store, teach, without_password

_ATTEMPTS = "attempts.jsonl"
_ASKED = {"explanations", "skills"}
"""What a model has to be asked for."""


def build_examples(options: Namespace) -> int:
    """Take what `--what` names out of a run, or out of a run of `explain` over it.

    Returns the exit status. What was done stays done, as for behaviors.
    """
    if options.gate != "oracle":
        raise InputError("examples are learnt from checked answers alone; leave --gate out")
    run = Path(options.run)
    folder = RunFolder(run) if run.is_dir() else None
    if folder is not None and not folder.job.is_file():
        raise InputError(f"{run}: not the folder of a run: it has no job.toml")
    asked = _ASKED & options.what
    if folder is not None and (not asked or load_job(folder.job).recipe == EXPLAIN):
        return _take(options, folder)
    if not asked:
        raise InputError(
            f"{run}: not the folder of a run; 'redraft handbook import' takes solved problems from "
            "a file"
        )
    if folder is not None and not _ask_about(options, folder):
        return _take(options, folder)
    plan = _planned(options, run, folder)
    progress = Progress(prices=read_prices(options))
    return guarded(plan, progress, lambda: _run(options, plan, progress))


def _planned(options: Namespace, run: Path, folder: RunFolder | None) -> Plan:
    skills = "skills" in options.what
    if skills and not asyncio.run(_skills(options.book)):
        raise InputError(
            f"{without_password(options.book)}: has no list of skills yet; 'redraft handbook "
            "import' takes examples that are labelled with skills"
        )
    options.out = options.out or _out(run, folder)
    options.problems = str(run)
    if folder is not None:
        options.problems = str(Path(options.out) / _ATTEMPTS)
    options.recipe, options.handbook = EXPLAIN, options.book if skills else None
    errors = "explanations" in options.what
    options.settings = [("errors", str(errors).lower()), ("skills", str(skills).lower())]
    return make_plan(options)


async def _skills(book: str) -> set[str]:
    async with open_store(book, create=False) as store:
        return {skill for one in await store.examples() for skill in one.skills}


def _out(run: Path, folder: RunFolder | None) -> str:
    return f"runs/explain-{run.stem if folder is None else run.resolve().name}"


def _ask_about(options: Namespace, folder: RunFolder) -> bool:
    """Write what a run teaches as a problem file in the folder of `explain`, if there is any.

    Where there is none, raises `InputError`, unless something else is to be learnt from the run.
    """
    solved = "skills" in options.what
    out = Path(options.out or _out(folder.path, folder))
    out.mkdir(parents=True, exist_ok=True)
    if write_attempts(folder, out / _ATTEMPTS, solved=solved):
        return True
    wanted = "right solution" if solved else "wrong attempt beside a right one"
    if not options.what - _ASKED:
        raise InputError(f"{folder.path}: no problem has a {wanted}: nothing to learn from")
    say(f"{folder.path}: no problem has a {wanted}: nothing to ask a model about")
    return False


def _run(options: Namespace, plan: Plan, progress: Progress) -> int:
    signals.run(run_plan(plan, progress, quiet=options.quiet))
    return _take(options, RunFolder(plan.folder))


def _take(options: Namespace, folder: RunFolder) -> int:
    found, taught = asyncio.run(_into(options.book, folder, options.what))
    mistakes = sum(bool(one.wrong) for one in found)
    if options.json:
        refused = list(taught.refused.values())
        counts = {"solved": len(found) - mistakes, "mistakes": mistakes}
        done = {"added": taught.added, "revised": taught.revised, "known": taught.known}
        told = {**done, "refused": refused}
        print(json.dumps({"version": taught.version, **counts, **told}, indent=2))
    else:
        print(f"{len(found) - mistakes:,} solved problems and {mistakes:,} mistakes found")
        keys = {place: found[place].key for place in taught.refused}
        tell(options.book, taught, keys)
    if not found:
        say(
            "nothing to learn: problems need a gold answer, a right solution and, for mistakes, a "
            "wrong attempt"
        )
    return 0


async def _into(book: str, folder: RunFolder, what: set[str]) -> tuple[list[Example], Taught]:
    async with open_store(book) as store:
        known = sorted({skill for one in await store.examples() for skill in one.skills})
        found = [one for one in examples_in(folder, known) if _wanted(one, what)]
        return found, await teach(store, found, reason=f"learnt from run {folder.path.name}")


def _wanted(one: Example, what: set[str]) -> bool:
    labelled = "skills" in what and bool(one.skills)
    if not one.wrong:
        return "experience" in what or labelled
    return "mistakes" in what or labelled or ("explanations" in what and bool(one.explanation))
