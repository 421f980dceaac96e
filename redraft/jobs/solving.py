"""Solves one problem and writes down what became of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from langgraph.graph.state import CompiledStateGraph

from redraft.core import (
    AnyArtifact,
    Budget,
    Checker,
    Context,
    Lineage,
    Memory,
    Model,
    Problem,
    Prompt,
    Record,
    Sampling,
    Sink,
    Usage,
)
from redraft.graphs import Outcome, run
from redraft.models import Account, Meter

Compiled = CompiledStateGraph[Any, Context, Any, Any]
_GRADES = {"passed": True, "failed": False}


@dataclass(frozen=True, slots=True)
class Setup:
    """What all problems of a run share. `models` are journaled, but not yet metered."""

    graph: Compiled
    recipe: str
    knobs: dict[str, object]
    models: Mapping[str, Model]
    prompts: Mapping[str, Mapping[str, Prompt]]
    checker: Checker
    sampling: Mapping[str, Sampling]
    budget: Budget
    account: Account
    seed: int
    versions: dict[str, str]
    emit: Sink
    memory: Memory | None = None


async def solve_problem(problem: Problem, setup: Setup) -> Record:
    """Run the graph on `problem` and grade what it found.

    A failure is part of the record; only errors that concern the whole run are raised.
    """
    started = time.perf_counter()
    lineage, account = Lineage(), Account(setup.budget, setup.account)
    outcome = await run(setup.graph, problem, _context(setup, lineage, account))
    final = outcome.final
    answers = [candidate.answer for candidate in outcome.candidates]
    grades = await _grades(problem, {final.answer if final else None, *answers}, setup.checker)
    return Record(
        id=problem.id,
        key=problem.key,
        answer=final.answer if final else None,
        gold=problem.answer,
        correct=grades.get(final.answer if final else None),
        recipe=setup.recipe,
        knobs=setup.knobs,
        b_seq=lineage.sequential([final]) if final else 0,
        b_total=lineage.total().total,
        calls=len(lineage.calls),
        usage=_usage(lineage),
        seconds=round(time.perf_counter() - started, 3),
        stopped_by=_stopped_by(outcome, account),
        failures=outcome.failures,
        candidates=tuple(answers),
        candidates_correct=tuple(grades.get(answer) for answer in answers),
        counts=dict(outcome.counts),
        final=final.id if final else None,
        artifacts=cast(tuple[AnyArtifact, ...], tuple(lineage.artifacts.values())),
        versions=_versions(setup),
    )


def _versions(setup: Setup) -> dict[str, str]:
    """What the record rests on, and the version of the memory that it read."""
    read = {} if setup.memory is None else {"handbook": setup.memory.version}
    return {**setup.versions, **read}


def _context(setup: Setup, lineage: Lineage, account: Account) -> Context:
    return Context(
        models={
            role: Meter(model, account, lineage, setup.emit) for role, model in setup.models.items()
        },
        prompts=setup.prompts,
        checker=setup.checker,
        sampling=setup.sampling,
        lineage=lineage,
        seed=setup.seed,
        emit=setup.emit,
        memory=setup.memory,
    )


async def _grades(
    problem: Problem, answers: set[str | None], checker: Checker
) -> dict[str | None, bool | None]:
    if problem.answer is None:
        return {}
    grades: dict[str | None, bool | None] = {None: False}
    for answer in answers - {None}:
        if answer is not None:
            grades[answer] = _GRADES.get((await checker(problem, answer)).outcome)
    return grades


def _usage(lineage: Lineage) -> dict[str, Usage]:
    usage: dict[str, Usage] = {}
    for call in lineage.calls.values():
        before = usage.get(call.agent)
        usage[call.agent] = call.usage if before is None else before + call.usage
    return usage


def _stopped_by(outcome: Outcome, account: Account) -> str:
    if account.exhausted is not None:
        return account.exhausted
    return "failed" if outcome.final is None else "done"
