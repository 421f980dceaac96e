"""A model whose replies are journaled: asked once, then answered from the journal.

Sets `Reply.key`, which names the call in the lineage. Identical calls in flight at once are one
call.
"""

import asyncio
from dataclasses import dataclass

from redraft.core import Model, Reply, Request
from redraft.models.journal import Journal
from redraft.models.wrapper import Wrapper


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Reply]
    waiters: int = 0


class Journaled(Wrapper):
    """Looks a request up before asking and keeps the reply before returning it.

    With `journal=None` nothing is kept, but keys are set and identical calls in flight are shared.
    A reply that was not paid for by this call comes with `replayed=True`.
    """

    def __init__(self, inner: Model, journal: Journal | None) -> None:
        super().__init__(inner)
        self._journal = journal
        self._flights: dict[str, _Flight] = {}

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`; raises `StoreError` when the journal cannot be read or written."""
        key = request.key(self.name)
        flight = self._flights.get(key)
        if flight is not None:
            return _replayed(await self._join(key, flight))
        known = self._journal.get(key) if self._journal else None
        if known is not None:
            # Siblings reserve their budgets in turn, as they did when each call took its time.
            await asyncio.sleep(0)
            return _replayed(known)
        flight = _Flight(asyncio.create_task(self._ask(key, request)))
        self._flights[key] = flight
        return await self._join(key, flight)

    async def _join(self, key: str, flight: _Flight) -> Reply:
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiters -= 1
            if not flight.waiters:
                self._flights.pop(key, None)
                if flight.task.cancel():
                    await asyncio.wait((flight.task,))

    async def _ask(self, key: str, request: Request) -> Reply:
        reply = await self.inner(request)
        reply = reply.model_copy(update={"key": key, "replayed": False})
        if self._journal:
            await self._journal.put(key, self.name, request, reply)
        return reply


def _replayed(reply: Reply) -> Reply:
    return reply.model_copy(update={"replayed": True})
