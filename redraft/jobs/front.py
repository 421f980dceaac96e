"""The front door: problems in, records out, from Python in one call."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from redraft.core import EMBEDDER_ROLE, Embedder, Model, Record
from redraft.graphs import Recipe
from redraft.jobs.arguments import Given, Graph, as_problems, as_recipe, at, make_job, parted
from redraft.jobs.batch import Task, learning, run_batch, run_in_folder
from redraft.jobs.events import JobSink, ignore_all
from redraft.jobs.feed import Done
from redraft.jobs.folder import RunFolder
from redraft.jobs.handbook import open_handbook
from redraft.jobs.job import Settings, Source
from redraft.jobs.lessons import Lessons
from redraft.jobs.records import read_records
from redraft.jobs.report import Summary, Tally
from redraft.jobs.source import make_feed, open_source
from redraft.jobs.stopwatch import Stopwatch


@dataclass(frozen=True)
class Results:
    """What a run came to. Iterate over it for the records, in the order in which they finished."""

    summary: Summary
    folder: Path | None = None
    kept: list[Record] = field(default_factory=list[Record], repr=False)

    def __iter__(self) -> Iterator[Record]:
        if self.folder is None:
            return iter(self.kept)
        return read_records(RunFolder(self.folder).records)

    @property
    def records(self) -> list[Record]:
        """All records; those of a run folder are read into memory."""
        return list(self)


async def solve(
    problems: str | Path | Iterable[Given],
    *,
    models: Model | Mapping[str, Model | Embedder],
    recipe: str | Recipe | Graph = "single",
    knobs: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    settings: Settings = Settings(),
    on_event: JobSink = ignore_all,
) -> Results:
    """Solve `problems` with a recipe and say how often it was right and what it cost.

    `problems` is a file (a `str` or `Path`) or values: a `Problem`, a mapping with the fields of a
    file's line, or the question's text. `models` is one `Model` for every role, or a mapping from
    roles, in which `"embedder"` is an `Embedder` for the handbook. `recipe` is a name, a recipe or
    a LangGraph graph of your own. With `out`, a folder keeps everything, and the same call goes on
    there after whatever stopped it; without, all is in memory. Raises `InputError` for a mistake in
    the arguments; a problem that fails is a record.
    """
    chosen = as_recipe(recipe)
    by_role, embedder = parted(models)
    from_file = isinstance(problems, str | Path)
    source = at(problems) if from_file else Source()
    names = {role: {"model": model.name} for role, model in by_role.items()}
    if embedder is not None:
        names[EMBEDDER_ROLE] = {"model": embedder.name}
    folder = None if out is None else Path(out)
    async with open_handbook(settings, folder, embedder) as handbook:
        version = None if handbook is None else handbook.version
        job = make_job(source, chosen, knobs or {}, names, settings, version)
        task = Task(job, chosen, by_role, on_event, handbook)
        stream = open_source(source) if from_file else as_problems(problems)
        if folder is not None:
            return Results(await run_in_folder(task, folder, stream), folder)
        tally, lessons, kept = Tally(), Lessons(), list[Record]()
        watch, feed = Stopwatch(tally), make_feed(source, stream, Done())
        await run_batch(task, feed, tally, kept.append, None, lessons)
        summary = watch.summary(stream, complete=feed.exhausted)
        learnt = {"learning": learning(task, lessons, tally)}
        return Results(summary.model_copy(update=learnt), None, kept)
