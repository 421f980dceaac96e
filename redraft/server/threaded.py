"""One turn of a thread: goes on with the run that waits there, or begins one after all others."""

from dataclasses import dataclass

from redraft.core import Context, Message, Problem
from redraft.graphs import Compiled, Outcome, run
from redraft.server.body import ChatBody
from redraft.server.errors import ApiError
from redraft.server.threads import Threads


@dataclass(frozen=True, slots=True)
class Thread:
    """The thread called `name` in `store`; the name holds the caller's, so that nobody else's is
    reached.
    """

    store: Threads
    name: str

    async def run(self, graph: Compiled, problem: Problem, context: Context) -> Outcome:
        """What `graph` makes of the turn. Raises a 409 when another one goes on, and what
        `redraft.graphs.run` does.
        """
        async with self.store.turn(self.name):
            last = await self.store.last(self.name)
            place, reply = await self.store.clear(self.name, last), None
            if last is not None and last.waiting == graph.name:
                await self.store.carry(last, place)
                reply = problem.prompt
            elif last is not None:
                history = _history(last.history, problem.history)
                problem = problem.model_copy(update={"history": history})
            outcome = await run(graph, problem, context, thread=place, reply=reply)
            if outcome.final is not None or outcome.asks is not None:
                await self.store.finish(place)
            return outcome


async def thread_of(store: Threads | None, body: ChatBody, caller: str) -> Thread | None:
    """The thread that `body` names, if it does; raises a 400 or 409 for one it cannot have, and
    `StoreError` for one that cannot be read.
    """
    extra = body.redraft
    if extra.thread is None:
        return None
    if store is None:
        raise _bad("this server keeps no threads; start it with --threads FILE")
    if (body.n or 1) > 1 or extra.tools:
        raise _bad("a thread goes with neither n over 1 nor redraft.tools")
    thread = Thread(store, f"{caller}/{extra.thread}")
    # Where the store is away the client is told before its answer begins.
    await store.check(thread.name)
    return thread


def _bad(why: str) -> ApiError:
    return ApiError(400, f"redraft.thread: {why}", param="redraft.thread")


def _history(kept: tuple[Message, ...], sent: tuple[Message, ...]) -> tuple[Message, ...]:
    """What was said in the thread, under the client's system message where it sends one."""
    system = tuple(one for one in sent if one.role == "system")
    if not system:
        return kept
    return (*system, *(one for one in kept if one.role != "system"))
