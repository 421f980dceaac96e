"""Run folders as the viewer is handed them."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from redraft.core import InputError
from redraft.jobs import Job, RunFolder, load_job
from redraft.server import Run, RunState, Shelf

DEEPEST = 4
"""Folders in folders in which runs are looked for."""


def open_run(path: Path) -> Run:
    """The run in the folder `path`; raises `InputError` if there is none."""
    if not path.is_dir():
        raise InputError(f"{path}: {'is no folder' if path.exists() else 'no such folder'}")
    if not _is_run(path):
        raise InputError(
            f"{path}: is no run, with neither job.toml nor records.jsonl in it; give a folder that "
            "'redraft solve --out' has made"
        )
    folder = RunFolder(path)
    if folder.job.exists():
        load_job(folder.job)
    return _run(path, path.resolve().name)


def shelf_of(folder: Path) -> Shelf:
    """The runs in `folder`, looked for anew each time; raises `InputError` as `runs_under` does."""
    runs_under(folder)
    return partial(runs_under, folder)


def runs_under(folder: Path) -> Mapping[str, Run]:
    """The runs in `folder` and the folders in it, by their paths from there.

    Raises `InputError` if there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of runs")
    found: dict[str, Run] = {}
    for place, names, _ in os.walk(folder):
        here = Path(place)
        inside = here.relative_to(folder)
        if _is_run(here):
            name = inside.as_posix() if inside.parts else folder.resolve().name
            found[name] = _run(here, name)
            names.clear()
        elif len(inside.parts) >= DEEPEST:
            names.clear()
    return found


def _is_run(path: Path) -> bool:
    folder = RunFolder(path)
    return folder.job.is_file() or folder.records.is_file()


def _run(path: Path, name: str) -> Run:
    folder = RunFolder(path)
    return Run(name, folder.records, folder.journal, partial(_state, folder))


def _state(folder: RunFolder) -> RunState:
    """How the run in `folder` is doing, as its report says it."""
    facts = _facts(folder)
    summary = folder.read_summary()
    if summary is None:
        return RunState(facts=facts)
    state = RunState(
        complete=summary.complete,
        facts=facts,
        problems=summary.problems,
        tokens=summary.b_total.median,
    )
    rate = summary.accuracy
    if rate is None:
        return state
    return state.model_copy(update={"accuracy": rate.value, "low": rate.low, "high": rate.high})


def _facts(folder: RunFolder) -> tuple[tuple[str, str], ...]:
    try:
        job = load_job(folder.job)
    except InputError as error:
        return (("job", str(error)),)
    return (
        ("recipe", job.recipe),
        *((f"knob {name}", str(value)) for name, value in job.knobs.items()),
        *((f"model of {role}", str(spec.get("model", ""))) for role, spec in job.models.items()),
        ("problems", job.problems.path or "given in Python"),
        *_settings(job),
    )


def _settings(job: Job) -> list[tuple[str, str]]:
    """What was set about the run, beside its recipe and its models."""
    settings = job.settings
    budgets = settings.budget.model_dump(exclude_none=True)
    return [
        *((f"budget: {name.replace('_', ' ')}", f"{most:,}") for name, most in budgets.items()),
        ("seed", str(settings.seed)),
        *([("handbook", settings.handbook)] if settings.handbook else []),
    ]
