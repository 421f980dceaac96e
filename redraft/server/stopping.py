"""Ends the call that answers at a stop string, so that nothing is generated that nobody sees."""

import asyncio
import time
from collections.abc import Callable, Sequence

from redraft.core import Choice, Delta, Model, Reply, Request
from redraft.models import measure
from redraft.server.cutting import Stops, until_stop


class Stopping:
    """A model whose answering call ends where one of `stops` is complete in its content.

    The model does not see `stops`, which would end its thinking too: the call is given up there.
    What it cost is then estimated, since the server has not said it (see `redraft.models.measure`).
    """

    def __init__(self, inner: Model, stops: Sequence[str]) -> None:
        self.name = inner.name
        self._inner = inner
        self._stops = stops

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`."""
        if not (self._stops and request.origin.final):
            return await self._inner(request)
        began, heard = time.perf_counter(), _Heard(self._stops, request)
        asking = asyncio.ensure_future(
            self._inner(request.model_copy(update={"on_delta": heard.hear}))
        )
        heard.on_stop = asking.cancel
        try:
            reply = await asking
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not heard.stopped or (task is not None and task.cancelling()):
                raise
            usage, choices = measure(None, [heard.choice()], request)
            return Reply(
                choices=tuple(choices),
                usage=usage,
                model=self.name,
                seconds=time.perf_counter() - began,
                key=request.key(self.name),
            )
        heard.end()
        return _cut(reply, self._stops)

    async def count(self, request: Request) -> int:
        """Tokens of the prompt, as the inner model counts them."""
        return await self._inner.count(request)


class _Heard:
    """What came of a completion, passed on up to a stop string; `on_stop` is called there."""

    def __init__(self, stops: Sequence[str], request: Request) -> None:
        self.on_stop: Callable[[], object] = lambda: None
        self._stops = Stops(stops)
        self._pass = request.on_delta
        self._told: list[Delta] = []

    @property
    def stopped(self) -> bool:
        """Whether a stop string came."""
        return self._stops.hit

    def hear(self, delta: Delta) -> None:
        """Take in the next piece."""
        if self.stopped:
            return
        self._tell(Delta(content=self._stops.feed(delta.content), reasoning=delta.reasoning))
        if self.stopped:
            self.on_stop()

    def end(self) -> None:
        """Pass on what was held back, for it begins no stop string."""
        self._tell(Delta(content=self._stops.rest()))

    def choice(self) -> Choice:
        """The completion so far."""
        return Choice(
            content="".join(delta.content for delta in self._told),
            reasoning="".join(delta.reasoning for delta in self._told),
        )

    def _tell(self, delta: Delta) -> None:
        self._told.append(delta)
        if self._pass is not None and (delta.content or delta.reasoning):
            self._pass(delta)


def _cut(reply: Reply, stops: Sequence[str]) -> Reply:
    """`reply` up to a stop string, which a model that tells nothing in between did not end at."""
    (choice,) = reply.choices
    content, stopped = until_stop(choice.content, stops)
    if not stopped:
        return reply
    shorter = choice.model_copy(update={"content": content, "finish": "stop"})
    return reply.model_copy(update={"choices": (shorter,)})
