"""`redraft handbook merge`, and the agent that decides about near duplicates there and when one is
built."""

import json
from argparse import Namespace
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from redraft.cli import signals
from redraft.cli.job_options import defaults_of, read_settings
from redraft.cli.model_options import read_catalog
from redraft.cli.outcome import say
from redraft.cli.terminal import duration, one_line
from redraft.core import InputError, Model
from redraft.jobs import Job, open_merger
from redraft.memory import Decide, Outcome, merge, open_store, without_password
from redraft.models import open_catalog, open_embedder

_AGENT = "agent"


def merge_handbook(options: Namespace) -> int:
    """Fold near duplicates into one behavior each; returns the exit status."""
    if not by_agent(options):
        _refuse_models(options)
    try:
        return signals.run(_merge(options))
    except signals.Stopped as stop:
        say(f"stopped ({stop}): nothing was merged; the same command asks nothing twice")
        return 128 + stop.number


def by_agent(options: Namespace) -> bool:
    """Whether a model decides which behaviors say the same."""
    return options.merge_by == _AGENT


def _refuse_models(options: Namespace) -> None:
    given = [name for name in ("endpoint", "vllm", "config") if getattr(options, name) is not None]
    if given:
        raise InputError(f"--{given[0]} goes with --merge-by agent")


async def _merge(options: Namespace) -> int:
    folder = Path(options.out or f"runs/merge-{_stem(options.book)}")
    async with (
        open_store(options.book, create=False) as store,
        deciding(options, None, folder) as decide,
    ):
        outcomes = await merge(store, decide=decide, dry=options.dry_run)
        version = await store.version()
    if options.json:
        rows = [one.model_dump(mode="json") for one in outcomes]
        print(json.dumps({"version": version, "dry_run": options.dry_run, "outcomes": rows}))
    else:
        print("\n".join(_lines(options, outcomes, version)))
    return 0


def _stem(book: str) -> str:
    """A name for a folder out of the handbook's path or URL."""
    return Path(without_password(book).rpartition("/")[2].partition("?")[0]).stem or "handbook"


def _lines(options: Namespace, outcomes: list[Outcome], version: int) -> list[str]:
    folded = [one for one in outcomes if one.did == "retired"]
    did = "would be retired" if options.dry_run else "retired"
    return [
        *(one_line(f"{one.did}: {one.name}: {one.reason}") for one in outcomes),
        f"{len(folded):,} behaviors {did}; the handbook is at version {version:,}",
    ]


@asynccontextmanager
async def deciding(
    options: Namespace,
    old: Job | None,
    folder: Path,
    opened: Mapping[str, Model] | None = None,
) -> AsyncGenerator[Decide | None]:
    """Who decides about near duplicates: with `--merge-by agent` a model, else `None`: the rules.

    The model is one of those that are `opened`, or that of the options or of the job `old`; its
    replies are kept in `folder`. Raises as `open_catalog` does.
    """
    if not by_agent(options):
        yield None
        return
    catalog = read_catalog(options, old)
    settings = read_settings(options, old.settings if old else defaults_of(catalog))
    settings = settings.model_copy(update={"prompt_sets": catalog.prompt_sets()})
    _make(folder)
    report = _Starting(quiet=options.quiet)
    async with AsyncExitStack() as stack:
        models = opened or await stack.enter_async_context(
            open_catalog(catalog, log=folder / "merge-vllm.log", report=report)
        )
        embedder = await stack.enter_async_context(
            open_embedder(catalog.embedder, log=folder / "merge-embedder.log", report=report)
        )
        journal = folder / "merge.sqlite"
        merger = await stack.enter_async_context(open_merger(models, settings, journal, embedder))
        yield merger
        if not options.quiet:
            say(f"the strategist answered {merger.answered:,} questions, kept in {journal}")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{folder}: cannot be made ({reason})") from None


class _Starting:
    """Says each stage of a model's start once."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._stage = ""

    def __call__(self, stage: str, seconds: float) -> None:
        if stage != self._stage and not self._quiet:
            self._stage = stage
            say(f"{stage} ({duration(seconds)})")
