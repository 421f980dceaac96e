"""Runs a compiled graph on one problem and gathers what came of it. A failed problem is an
outcome, not a crash: only errors that concern the whole run are raised."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redraft.core import (
    Context,
    EngineError,
    Failure,
    InputError,
    Problem,
    RedraftError,
    Solution,
    StoreError,
)
from redraft.graphs.recipe import Compiled

MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a graph made of one problem. `counts` are the recipe's own tallies."""

    final: Solution | None
    candidates: tuple[Solution, ...]
    failures: tuple[Failure, ...]
    counts: Mapping[str, int]


async def run(graph: Compiled, problem: Problem, context: Context) -> Outcome:
    """Invoke `graph` with `problem`.

    Raises `StoreError` (the run cannot be kept), `EngineError` (our vLLM died) and `InputError`
    (the user's mistake shows only now). Everything else that goes wrong becomes a failure.
    """
    state: dict[str, Any] = {}
    try:
        state = await graph.ainvoke(
            {"problem": problem}, {"recursion_limit": MOST_STEPS}, context=context
        )
    except (StoreError, EngineError, InputError):
        raise
    except RedraftError as error:
        context.fail(error)
    except Exception as error:
        # A user's own node may raise anything; the other problems must go on.
        message = f"{type(error).__name__}: {error}"
        context.lineage.failures.append(Failure(kind="graph", message=message))
    return Outcome(
        final=state.get("final"),
        candidates=tuple(state.get("candidates", ())),
        failures=tuple(context.lineage.failures),
        counts=state.get("counts", {}),
    )
