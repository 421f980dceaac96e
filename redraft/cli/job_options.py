"""Reads a job out of the options: a fresh one, or an older one with changes laid over it."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from redraft.cli.lookup import find_recipe
from redraft.cli.values import STDIN
from redraft.core import DEFAULT_ROLE, InputError, Sampling, Value
from redraft.graphs import Recipe
from redraft.jobs import Job, RunFolder, Settings, Source, at, load_job
from redraft.memory import absolute
from redraft.models import Catalog

V = TypeVar("V", bound=Value)


def read_source(options: Namespace, old: Source | None) -> Source:
    """Where the problems come from; raises `InputError` if nothing says so."""
    if options.problems is not None:
        base = at(options.problems)
        if old is not None:
            base = old.model_copy(update={"path": base.path})
    elif old is not None:
        base = old
    else:
        raise InputError("no problems: name a file, or '-' for standard input")
    return _changed(
        base,
        fields=options.fields,
        kind=options.kind,
        limit=options.limit,
        on_error=options.on_error,
    )


def read_recipe(options: Namespace, old: Job | None) -> tuple[Recipe, Mapping[str, object]]:
    """The recipe and the settings of its knobs; raises `InputError` if no recipe is named."""
    if options.recipe is None and old is None:
        raise InputError("no recipe: add --recipe NAME ('redraft recipes' lists them)")
    recipe = find_recipe(options.recipe or (old.recipe if old else ""))
    before = old.knobs if old is not None and old.recipe == recipe.name else {}
    return recipe, {**before, **dict(options.settings)}


def defaults_of(catalog: Catalog) -> Settings:
    """The settings of a fresh job: what the catalog says, and Redraft's own choice for the rest."""
    limits = catalog.limits.model_dump(exclude_none=True)
    return Settings(sampling=catalog.sampling, **limits)


def read_settings(options: Namespace, old: Settings) -> Settings:
    """Budgets, sampling and the rest: `old` with the options laid over it."""
    budget = _changed(
        old.budget,
        total_tokens=options.budget_total,
        sequential_tokens=options.budget_sequential,
        calls=options.budget_calls,
        seconds=options.budget_seconds,
    )
    settings = _changed(
        old,
        budget=budget,
        run_budget=_changed(old.run_budget, total_tokens=options.run_budget_total),
        sampling=_sampling(options, old.sampling),
        handbook=None if options.handbook is None else absolute(options.handbook),
        learn=options.learn,
        wave=options.wave,
        prompts=None if options.prompts is None else str(Path(options.prompts).absolute()),
        seed=options.seed,
        concurrency=options.concurrency,
        retries=options.retries,
    )
    if options.wave is not None and settings.learn == "off":
        raise InputError("--wave says how often a run learns: add --learn waves or --learn online")
    return settings


def _sampling(options: Namespace, roles: Mapping[str, Sampling]) -> dict[str, Sampling]:
    """`roles` with the options laid over every one of them."""
    given = Sampling(
        temperature=options.temperature,
        top_p=options.top_p,
        max_tokens=options.max_tokens,
        thinking_tokens=options.thinking_tokens,
    ).model_dump(exclude_defaults=True)
    if given:
        roles = {DEFAULT_ROLE: Sampling(), **roles}
    return {role: sampling.model_copy(update=given) for role, sampling in roles.items()}


def read_old_job(options: Namespace) -> Job | None:
    """The job of `--job`, a job file or the folder of a run; `None` without that option."""
    return None if options.job is None else load_job(_job_file(options))


def _job_file(options: Namespace) -> Path:
    path = Path(options.job)
    return path / "job.toml" if path.is_dir() else path


def choose_folder(options: Namespace, job: Job) -> Path:
    """`--out`, or the folder of `--job`, or the first of `runs/RECIPE-FILE`, `-2`, `-3` and so on
    that is free or holds this very job.

    What comes through standard input may differ each time, so it always gets a free one.
    """
    if options.out is not None:
        return Path(options.out)
    if options.job is not None:
        return _job_file(options).parent
    piped = job.problems.path == STDIN
    stem = "stdin" if piped else Path(job.problems.path).stem
    name = f"{job.recipe.rpartition(':')[2]}-{stem}"
    number = 1
    while True:
        folder = Path("runs") / (name if number == 1 else f"{name}-{number}")
        if _is_free(folder) or (not piped and _holds(folder, job)):
            return folder
        number += 1


def _is_free(folder: Path) -> bool:
    # A start that failed before its first problem leaves no more than a log.
    return not any((folder / name).exists() for name in ("job.toml", "records.jsonl"))


def _holds(folder: Path, job: Job) -> bool:
    path = folder / "job.toml"
    if not path.is_file():
        return False
    held = load_job(path)
    if held.memory == job.memory:
        return held.hash == job.hash
    # A run that began with an older version of the handbook goes on with it to its end. One that
    # taught the handbook is still the same job while nobody else has.
    summary = RunFolder(folder).read_summary()
    ended = summary is not None and summary.complete
    taught = summary.learning if summary is not None else None
    same = not ended or (taught is not None and (taught.left or taught.version == job.memory))
    return bool(same) and held.model_copy(update={"memory": job.memory}).hash == job.hash


def _changed(value: V, **given: object) -> V:
    """`value` with what was given; `None` was not."""
    return value.model_copy(update={name: new for name, new in given.items() if new is not None})
