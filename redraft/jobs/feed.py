"""Hands out problems one at a time to whoever is free, skipping what is already done."""

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from redraft.core import Problem, Record
from redraft.jobs.seen import Seen

BREATH = 500
"""After so many entries that need no call, the event loop gets a turn."""
_AHEAD = 64


def name_of(solved: Problem | Record) -> str:
    """What tells a problem from all others of a run: its id, and its content."""
    return f"{solved.id}\x1f{solved.key}"


class Done:
    """Which problems have a record; a problem is known by its id and its content."""

    def __init__(self) -> None:
        self._seen = Seen()

    def add(self, record: Record) -> None:
        """Take a record's problem as done."""
        self._seen.add(name_of(record))

    def __contains__(self, problem: Problem) -> bool:
        return self.knows(name_of(problem))

    def knows(self, name: str) -> bool:
        """Whether the problem of that name is done."""
        return self._seen.get(name) is not None

    def __len__(self) -> int:
        return len(self._seen)


class Feed:
    """An async iterator over problems that several tasks share.

    `exhausted` is set once the last problem has been handed out, `ended` once `end` was called.
    `on_take` hears of every problem in its turn, whether it is in `done` or not.
    """

    def __init__(self, problems: Iterator[Problem], done: Done) -> None:
        self._problems = problems
        self.done = done
        self.exhausted = False
        self.ended = False
        self.on_take: Callable[[Problem], None] = _ignore
        self._left = math.inf
        self._passed_over = 0

    def __aiter__(self) -> AsyncIterator[Problem]:
        return self

    def end(self) -> None:
        """Hand out no more."""
        self.ended = True

    def allow(self, most: int) -> None:
        """Go no further than the next `most` problems, those in `done` among them."""
        self._left = most

    async def __anext__(self) -> Problem:
        while not self.ended and self._left > 0:
            self._left -= 1
            problem = await self._take()
            if problem is None:
                self.exhausted = self.exhausted or not self.ended
                break
            self.on_take(problem)
            if problem not in self.done:
                return problem
            self._passed_over += 1
            if self._passed_over % BREATH == 0:
                await asyncio.sleep(0)
        raise StopAsyncIteration

    async def _take(self) -> Problem | None:
        return next(self._problems, None)


def _ignore(problem: Problem) -> None:
    """The listener of a feed to which nobody listens."""


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
