"""How many completions may be in flight: one gate for a whole run, in order of priority."""

import asyncio
from collections import deque
from dataclasses import dataclass

from redraft.core import Model, Reply, Request
from redraft.models.wrapper import Wrapper

SHARE = 8


@dataclass(slots=True, eq=False)
class _Waiter:
    number: int
    units: int
    place: asyncio.Future[None]


class Gate:
    """A semaphore with weights that lets in lower priorities first, and each in order of arrival.

    At most `limit` units are inside at one time. Something heavier than `limit` waits for an
    empty gate and takes all of it. Nobody overtakes whoever is next, so heavy requests do not
    starve. Nor do high priorities: after `SHARE` others, who has waited longest of all is next.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_flight = 0
        self._queues: dict[int, deque[_Waiter]] = {}
        self._arrived = 0
        self._passed = 0

    @property
    def waiting(self) -> int:
        """How many wait to be let in."""
        return sum(len(queue) for queue in self._queues.values())

    async def enter(self, weight: int, priority: int = 0) -> int:
        """Wait for a place; returns the units taken, which `leave` must be given back."""
        units = min(weight, self.limit)
        if not self._queues and self._fits(units):
            self.in_flight += units
            return units
        self._arrived += 1
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(priority, deque()).append(_Waiter(self._arrived, units, place))
        # One of a better priority may fit where the one that was next did not.
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                # Let in and cancelled in the same turn: the units are ours to give back.
                self.in_flight -= units
            self._admit()
            raise
        return units

    def leave(self, units: int) -> None:
        """Give `units` back and let in whoever is next."""
        self.in_flight -= units
        self._admit()

    def _fits(self, units: int) -> bool:
        return self.in_flight + units <= self.limit

    def _admit(self) -> None:
        self._forget_the_gone()
        while self._queues:
            best = min(self._queues)
            oldest = min(self._queues, key=lambda priority: self._queues[priority][0].number)
            chosen = best if self._passed < SHARE else oldest
            waiter = self._queues[chosen][0]
            if not self._fits(waiter.units):
                return
            self._passed = 0 if chosen == oldest else self._passed + 1
            self.in_flight += waiter.units
            waiter.place.set_result(None)
            self._forget_the_gone()

    def _forget_the_gone(self) -> None:
        """Take whoever was let in or went away from the heads of the queues."""
        for priority, queue in list(self._queues.items()):
            while queue and queue[0].place.done():
                queue.popleft()
            if not queue:
                del self._queues[priority]


class Limit(Wrapper):
    """A model whose requests pass `gate`; a request for n completions weighs n."""

    def __init__(self, inner: Model, gate: Gate) -> None:
        super().__init__(inner)
        self._gate = gate

    async def __call__(self, request: Request) -> Reply:
        """Answer `request` once there is a place for it."""
        units = await self._gate.enter(request.sampling.n, request.priority)
        try:
            return await self.inner(request)
        finally:
            self._gate.leave(units)


class Ranked(Wrapper):
    """A model whose requests all have one priority."""

    def __init__(self, inner: Model, priority: int) -> None:
        super().__init__(inner)
        self._priority = priority

    async def __call__(self, request: Request) -> Reply:
        """Answer `request` at that priority."""
        return await self.inner(request.model_copy(update={"priority": self._priority}))
