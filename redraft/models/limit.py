"""How many completions may be in flight: one gate for the whole run, kept in order of arrival."""

import asyncio
from collections import deque

from redraft.core import Model, Reply, Request
from redraft.models.wrapper import Wrapper


class Gate:
    """A first-come-first-served semaphore with weights.

    At most `limit` units are inside at one time. Something heavier than `limit` waits for an
    empty gate and takes all of it. Nobody overtakes, so heavy requests do not starve.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_flight = 0
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait to be let in."""
        return len(self._queue)

    async def enter(self, weight: int) -> int:
        """Wait for a place; returns the units taken, which `leave` must be given back."""
        units = min(weight, self.limit)
        if not self._queue and self._fits(units):
            self.in_flight += units
            return units
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((units, place))
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
        while self._queue:
            units, place = self._queue[0]
            if not place.cancelled():
                if not self._fits(units):
                    return
                self.in_flight += units
                place.set_result(None)
            self._queue.popleft()


class Limit(Wrapper):
    """A model whose requests pass `gate`; a request for n completions weighs n."""

    def __init__(self, inner: Model, gate: Gate) -> None:
        super().__init__(inner)
        self._gate = gate

    async def __call__(self, request: Request) -> Reply:
        """Answer `request` once there is a place for it."""
        units = await self._gate.enter(request.sampling.n)
        try:
            return await self.inner(request)
        finally:
            self._gate.leave(units)
