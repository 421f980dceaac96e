"""One run of a graph or one call of a model, as pieces that come while it goes on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from redraft.core import (
    Budget,
    Context,
    Delta,
    Event,
    Finish,
    Message,
    Origin,
    Problem,
    Request,
    Sampling,
    Solution,
    TextCame,
    Usage,
)
from redraft.graphs import Compiled, run
from redraft.models import Account
from redraft.server.errors import ApiError
from redraft.server.narrator import Narrator
from redraft.server.offers import Offer
from redraft.server.service import Service


@dataclass(frozen=True, slots=True)
class Ended:
    """How an answer ended; `usage` counts every call, hidden ones as reasoning."""

    finish: Finish
    usage: Usage


Piece = Delta | Ended
Tell = Callable[[Delta], None]
Work = Callable[[Tell], Awaitable[Ended]]


async def pieces(work: Work) -> AsyncGenerator[Piece]:
    """What `work` tells, as it tells it, and how it ended.

    Closing the generator cancels the work and waits until it has stopped. Raises what `work` does.
    """
    told: asyncio.Queue[Delta | None] = asyncio.Queue()
    task = asyncio.ensure_future(work(told.put_nowait))
    task.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while (delta := await told.get()) is not None:
            yield delta
        yield await task
    finally:
        task.cancel()
        await asyncio.wait((task,))


def solving(service: Service, graph: Compiled, problem: Problem, budget: Budget, seed: int) -> Work:
    """Runs `graph` on `problem`: its progress as reasoning, then the answer as content."""

    async def work(tell: Tell) -> Ended:
        telling = _Telling(tell)
        context = service.context(Account(budget), telling.hear, seed)
        outcome = await run(graph, problem, context)
        if outcome.final is None:
            why = outcome.failures[-1].message if outcome.failures else "no answer was found"
            raise ApiError(500, f"the graph ended without an answer: {why}")
        telling.end(outcome.final.text)
        finish: Finish = "length" if outcome.final.truncated else "stop"
        return Ended(finish, _usage(context, outcome.final))

    return work


def asking(service: Service, offer: Offer, messages: tuple[Message, ...], how: Sampling) -> Work:
    """Asks the plain model of `offer`, without a graph."""

    async def work(tell: Tell) -> Ended:
        request = Request(
            messages=messages,
            sampling=how,
            origin=Origin(agent=offer.name, role=offer.role),
            on_delta=tell,
        )
        reply = await service.models[offer.role](request)
        return Ended(reply.choices[0].finish, reply.usage)

    return work


def _usage(context: Context, final: Solution) -> Usage:
    """All calls of a run; whatever is not the answer's own text counts as reasoning.

    A vote's choice costs nothing itself: the draft that it chose does.
    """
    total = context.lineage.total()
    made = (one for one in context.lineage.artifacts.values() if isinstance(one, Solution))
    same = [one.usage for one in made if one.text == final.text]
    visible = max((usage.output - usage.reasoning for usage in same), default=0)
    return total.model_copy(update={"reasoning": max(0, total.output - visible)})


class _Telling:
    """Turns events into pieces: the story first, then the answer, and nothing twice."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._narrator = Narrator()
        self._said = ""

    def hear(self, event: Event) -> None:
        if isinstance(event, TextCame):
            self._said += event.delta.content
            self._tell(event.delta)
        elif not self._said:
            story = self._narrator.hear(event)
            if story:
                self._tell(Delta(reasoning=story))

    def end(self, answer: str) -> None:
        """Say what of `answer` has not been said."""
        if not self._said:
            self._tell(Delta(reasoning=self._narrator.drafts(), content=answer))
        elif answer.startswith(self._said):
            self._tell(Delta(content=answer.removeprefix(self._said)))
        elif answer.strip() != self._said.strip():
            self._tell(Delta(content=f"\n\n{answer}"))
