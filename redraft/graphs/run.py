"""Runs a compiled graph on one problem and gathers what came of it. A failed problem is an
outcome, not a crash: only errors that concern the whole run are raised."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

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
    """What a graph made of one problem. `counts` are the recipe's own tallies.

    `asks` is what a person is shown where the run waits for one; `final` is then no answer yet.
    """

    final: Solution | None
    candidates: tuple[Solution, ...]
    failures: tuple[Failure, ...]
    counts: Mapping[str, int]
    asks: str | None = None


async def run(
    graph: Compiled,
    problem: Problem,
    context: Context,
    *,
    thread: str | None = None,
    reply: str | None = None,
) -> Outcome:
    """Invoke `graph` with `problem`.

    `thread` is where the graph's checkpointer keeps the run. With `reply`, the run that waits there
    goes on with what the person said, on its own problem.

    Raises `StoreError` (the run cannot be kept), `EngineError` (our vLLM died) and `InputError`
    (the user's mistake shows only now). Everything else that goes wrong becomes a failure.
    """
    state: dict[str, Any] = {}
    given: Any = {"problem": problem} if reply is None else Command(resume=reply)
    # A turn is kept when it ends: nobody goes on in the middle of one, and its store is asked once.
    durability = None if thread is None else "exit"
    try:
        state = await graph.ainvoke(
            given, _config(graph, thread), context=context, durability=durability
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
        asks=next((str(one.value) for one in state.get("__interrupt__", ())), None),
    )


def _config(graph: Compiled, thread: str | None) -> RunnableConfig:
    config = RunnableConfig(recursion_limit=MOST_STEPS)
    if thread is not None:
        config["configurable"] = {"thread_id": thread}
        config["metadata"] = {"recipe": graph.name}
    return config
