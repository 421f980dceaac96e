"""Hands out problems one at a time to whoever is free, skipping what is already done."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from redraft.core import Problem, Record
from redraft.jobs.seen import Seen

BREATH = 500
"""After so many entries that need no call, the event loop gets a turn."""
_AHEAD = 64


class Done:
    """Which problems have a record; a problem is known by its id and its content."""

    def __init__(self) -> None:
        self._seen = Seen()

    def add(self, record: Record) -> None:
        """Take a record's problem as done."""
        self._seen.add(f"{record.id}\x1f{record.key}")

    def __contains__(self, problem: Problem) -> bool:
        return self._seen.get(f"{problem.id}\x1f{problem.key}") is not None

    def __len__(self) -> int:
        return len(self._seen)


class Feed:
    """An async iterator over problems that several tasks share.

    `exhausted` is set once the last problem has been handed out.
    """

    def __init__(self, problems: Iterator[Problem], done: Done) -> None:
        self._problems = problems
        self._done = done
        self.exhausted = False
        self._ended = False
        self._passed_over = 0

    def __aiter__(self) -> AsyncIterator[Problem]:
        return self

    def end(self) -> None:
        """Hand out no more."""
        self._ended = True

    async def __anext__(self) -> Problem:
        while not self._ended and (problem := await self._take()) is not None:
            if problem not in self._done:
                return problem
            self._passed_over += 1
            if self._passed_over % BREATH == 0:
                await asyncio.sleep(0)
        self.exhausted = self.exhausted or not self._ended
        raise StopAsyncIteration

    async def _take(self) -> Problem | None:
        return next(self._problems, None)


class PipeFeed(Feed):
    """A feed whose problems may take long to come, and must not hold up those under way.

    They are read by a daemon thread: unlike an executor's, nobody waits for it at Ctrl-C.
    """

    def __init__(self, problems: Iterator[Problem], done: Done) -> None:
        super().__init__(problems, done)
        self._read: asyncio.Queue[Problem | Exception | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        loop = asyncio.get_running_loop()
        arguments = (problems, self._room, loop.call_soon_threadsafe, self._read)
        threading.Thread(target=_read_all, args=arguments, name="problems", daemon=True).start()

    async def _take(self) -> Problem | None:
        item = await self._read.get()
        self._room.release()
        if isinstance(item, Problem):
            return item
        self._read.put_nowait(item)
        if item is None:
            return None
        raise item


def _read_all(
    problems: Iterator[Problem],
    room: threading.Semaphore,
    call: Callable[..., object],
    read: "asyncio.Queue[Problem | Exception | None]",
) -> None:
    last: Exception | None = None
    try:
        for problem in problems:
            room.acquire()
            call(read.put_nowait, problem)
    except Exception as error:
        last = error
    try:
        call(read.put_nowait, last)
    except RuntimeError:
        # The run is over and its loop is closed: nobody wants to know.
        return
