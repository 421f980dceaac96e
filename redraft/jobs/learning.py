"""What a handbook learns from a run: the solutions to reflect on, the behaviors that were named,
and what became of those that had been recalled."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from redraft.core import Behaviors, Problem, Record, Solution, StoreError
from redraft.jobs.folder import RunFolder
from redraft.jobs.job import Job, load_job
from redraft.jobs.records import read_records
from redraft.jobs.source import open_source
from redraft.memory import (
    Candidate,
    Decide,
    Outcome,
    Provenance,
    Store,
    by_rules,
    judge,
    propose,
    refusal,
    topic_of,
    uses_of,
)

LEARN = "learn"
"""The recipe whose records hold behaviors."""

TRACE = "trace"
"""The field of a problem in which it looks for a solution."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a handbook took over: how many solutions the gate had let through, one outcome for each
    behavior named in them, the behaviors whose status changed, and the newest version."""

    admitted: int
    outcomes: list[Outcome]
    moved: list[Outcome]
    version: int


def write_traces(run: RunFolder, path: Path) -> int:
    """Write the problems of a run with their accepted solutions as a problem file; how many.

    A solution stands in the field "trace", where `learn` looks for it. Raises `InputError` where
    the run has no job or its problems are gone, and `StoreError`.
    """
    records = read_records(run.records)
    texts = {record.key: text for record in records if (text := final_text(record))}
    problems = (p for p in open_source(load_job(run.job).problems) if p.key in texts)
    rows = [json.dumps(_row(problem, texts[problem.key])) for problem in problems]
    try:
        path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from None
    return len(rows)


def _row(problem: Problem, trace: str) -> dict[str, object]:
    own = problem.model_dump(mode="json", exclude_defaults=True, exclude={"prompt", "meta"})
    return {**problem.meta, **own, "question": problem.prompt, "kind": problem.kind, TRACE: trace}


def final_text(record: Record) -> str:
    """The text of the accepted solution; empty where there is none."""
    made = (one for one in record.artifacts if isinstance(one, Solution))
    return next((one.text for one in made if one.id == record.final), "")


async def count_uses(store: Store, run: RunFolder) -> int:
    """Count what became of the behaviors that a run had recalled; how many uses were new."""
    name = load_job(run.job).hash
    found = [use for record in read_records(run.records) for use in uses_of(record, name)]
    before = await store.use_count()
    return await store.use_count(await store.add_uses(found)) - before


async def take_over(store: Store, run: RunFolder, decide: Decide = by_rules) -> Learnt:
    """Let in the behaviors that a run of `learn` named, and judge all on the evidence there is.

    `decide` says what becomes of near duplicates. Taking over the same run again changes nothing.
    """
    job = load_job(run.job)
    problems = {problem.key: problem for problem in open_source(job.problems)}
    records = ((one, problems.get(one.key)) for one in read_records(run.records))
    return await take_in(store, job, records, decide)


async def take_in(
    store: Store,
    job: Job,
    records: Iterable[tuple[Record, Problem | None]],
    decide: Decide = by_rules,
) -> Learnt:
    """Let in the behaviors that `records` of `learn` name, as learnt by `job`, and judge all.

    The problem of a record is there for the checks. Taking in the same again changes nothing.
    """
    admitted, candidates = 0, list[Candidate]()
    for record, problem in records:
        admitted += record.counts.get("admitted", 0)
        candidates += _candidates(record, job, problem)
    outcomes = await propose(store, candidates, refusal=refusal, decide=decide)
    moved = await judge(store)
    return Learnt(admitted, outcomes, moved, await store.version())


def _candidates(record: Record, job: Job, problem: Problem | None) -> Iterator[Candidate]:
    topic = "" if problem is None else topic_of(problem)
    for artifact in record.artifacts:
        if isinstance(artifact, Behaviors):
            source = Provenance(
                run=job.hash,
                problem=record.key,
                artifact=artifact.id,
                model=artifact.model,
                prompt=job.prompts.get("strategist/extract", job.prompts.get("extract", "")),
            )
            for behavior in artifact.items:
                yield Candidate(behavior=behavior, topic=topic, provenance=source, problem=problem)
