"""How many runs go on: places for all and for each key, a bounded queue, and an orderly end."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from redraft.core import RedraftError
from redraft.models import Gate
from redraft.server.config import ServeLimits
from redraft.server.errors import ApiError, as_api_error
from redraft.server.pieces import Ended, Said, Tell, Work
from redraft.server.turn import Turn

_RETRY = {"Retry-After": "5"}


class Runs:
    """The runs of a server. Those that chat go before batches, here as at the models."""

    def __init__(self, limits: ServeLimits) -> None:
        self._limits = limits
        self._gate = Gate(limits.active)
        self._gates: dict[str, Gate] = {}
        self._waiting: Counter[str] = Counter()
        self._expected: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[object]] = set()
        self.stopped = False

    @property
    def active(self) -> int:
        """How many runs go on."""
        return self._gate.in_flight

    @property
    def queued(self) -> int:
        """How many wait for a place."""
        return self._waiting.total()

    def admitted(self, turn: Turn, work: Work) -> Work:
        """`work`, done once there is a place for it; what becomes of it is noted in `turn`.

        The work raises a 429 when all places are taken and as many wait as may. Cancelled work
        leaves its place or the queue.
        """

        async def counted(tell: Tell) -> Ended:
            def heard(said: Said) -> None:
                if turn.first is None:
                    turn.first = time.perf_counter()
                tell(said)

            async with self._noted(turn), self._place(turn):
                ended = await work(heard)
            turn.usage = ended.usage
            return ended

        return counted

    def stop(self) -> None:
        """Give up all runs: whoever waits for one is told, and nobody gets a place any more."""
        self.stopped = True
        for task in self._tasks:
            task.cancel()

    def expect(self, turn: Turn) -> None:
        """Reserve room for the run of `turn`, until it begins or `forget` is called.

        Raises a 429 when there is none, and a 503 when there will be none.
        """
        self._check(turn)
        turn.expected = True
        self._expected[turn.caller] += 1

    def forget(self, turn: Turn) -> None:
        """Give up what is reserved for `turn`, if anything is."""
        if turn.expected:
            turn.expected = False
            self._expected[turn.caller] -= 1

    def _check(self, turn: Turn) -> None:
        if self.stopped:
            raise _stopping()
        key, expected = turn.key, self._expected[turn.caller]
        ahead = max(
            self._expected.total() - _free(self._gate), expected - _free(self._gate_of(turn))
        )
        if ahead < 0:
            return
        most = self._limits.key_queue if key is None or key.queue is None else key.queue
        mine = self._waiting[turn.caller] + min(ahead, expected)
        mine_full = key is not None and most is not None and mine >= most
        if mine_full or self.queued + ahead >= self._limits.queue:
            raise ApiError(
                429,
                f"{self.active} runs go on and {self.queued} wait; ask again later",
                code="rate_limit_exceeded",
                headers=_RETRY,
            )

    def _gate_of(self, turn: Turn) -> Gate:
        """The places of a key; without keys, those of all."""
        key = turn.key
        most = None if key is None else key.active or self._limits.key_active
        if key is None or most is None:
            return self._gate
        return self._gates.setdefault(key.name, Gate(most))

    @asynccontextmanager
    async def _place(self, turn: Turn) -> AsyncGenerator[None]:
        """A place of the key's first, then one of all."""
        self.forget(turn)
        self._check(turn)
        gates = list(dict.fromkeys((self._gate_of(turn), self._gate)))
        entered: list[Gate] = []
        self._waiting[turn.caller] += 1
        try:
            try:
                for gate in gates:
                    await gate.enter(1, turn.priority)
                    entered.append(gate)
            finally:
                self._waiting[turn.caller] -= 1
            yield
        finally:
            for gate in reversed(entered):
                gate.leave(1)

    @asynccontextmanager
    async def _noted(self, turn: Turn) -> AsyncGenerator[None]:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if self.stopped:
                turn.status, turn.error = 503, "stopped"
                raise _stopping() from None
            turn.status, turn.error = 499, "the client went away"
            raise
        except ApiError as error:
            turn.status, turn.error = error.status, str(error)
            raise
        except RedraftError as error:
            turn.status, turn.error = as_api_error(error).status, str(error)
            raise
        except Exception as error:
            turn.status, turn.error = 500, type(error).__name__
            raise
        finally:
            self._tasks.discard(task)


def _free(gate: Gate) -> int:
    return 0 if gate.waiting else gate.limit - gate.in_flight


def _stopping() -> ApiError:
    return ApiError(503, "the server is being stopped", code="stopping", headers=_RETRY)
