"""The one adapter between our world and LangGraph's: makes a graph node of an async function that
takes the state and Redraft's context, and turns failures of calls into values."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from langgraph.runtime import Runtime

from redraft.agents import CALL_ERRORS
from redraft.core import Context, GraphError, NodeStarted

S = TypeVar("S", bound=Mapping[str, Any])
T = TypeVar("T")
Update = dict[str, Any]
Step = Callable[[S, Context], Coroutine[Any, Any, Update]]


@dataclass(frozen=True, slots=True)
class Node(Generic[S]):
    """What `node` makes; `most` bounds how often it may run for one problem."""

    step: Step[S]
    name: str
    most: int | None

    async def __call__(self, state: S, *, runtime: Runtime[Context]) -> Update:
        """Run the step; a failed call becomes a failure in the lineage and an empty update."""
        context = runtime.context
        visits = context.lineage.visits
        visits[self.name] += 1
        if self.most is not None and visits[self.name] > self.most:
            raise GraphError(f"node {self.name!r} ran more often than its bound of {self.most}")
        context.emit(NodeStarted(state["problem"].id, self.name))
        try:
            return await self.step(state, context)
        except CALL_ERRORS as error:
            context.fail(error, self.name)
            return {}


def node(step: Step[S], *, most: int | None = None) -> Node[S]:
    """A LangGraph node that runs `step(state, context)`.

    A failed call does not end the run: siblings and later nodes go on with what there is. `most`
    bounds how often the node may run for one problem; every loop of a graph needs one node with
    a bound.
    """
    return Node(step, step.__name__.strip("_"), most)


async def settle(context: Context, name: str, work: Iterable[Awaitable[T]]) -> list[T | None]:
    """Run `work` side by side; what fails is kept as a failure and stands as `None`."""

    async def one(job: Awaitable[T]) -> T | None:
        try:
            return await job
        except CALL_ERRORS as error:
            context.fail(error, name)
            return None

    return list(await asyncio.gather(*(one(job) for job in work)))
