"""An answer in pieces that come while it is written, held for a client that may read slowly."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from redraft.core import Finish, ToolCall, Usage
from redraft.server.errors import ApiError

MOST_WAITING = 8 << 20
_WEIGHT = 128


@dataclass(frozen=True, slots=True)
class Said:
    """What is said next in the answer at place `index`: thought, text, or tools to call."""

    content: str = ""
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    index: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """How each answer ended; `usage` counts every call, hidden ones as reasoning."""

    finishes: tuple[Finish, ...]
    usage: Usage


Piece = Said | Ended
Tell = Callable[[Said], None]
Work = Callable[[Tell], Coroutine[Any, Any, Ended]]


async def pieces(work: Work, *, most: int = MOST_WAITING) -> AsyncGenerator[Piece]:
    """What `work` tells, as it tells it, and how it ended.

    Closing the generator cancels the work and waits until it has stopped. More than `most`
    characters that nobody fetches (a piece weighs 128 more) end it as well. Raises what `work`
    does.
    """
    box = _Outbox(most)
    task = asyncio.ensure_future(work(box.put))
    box.on_full = task.cancel
    task.add_done_callback(lambda _: box.close())
    try:
        while waiting := await box.take():
            for said in waiting:
                yield said
        if box.full:
            raise ApiError(408, "the answer was not read for too long")
        yield await task
    finally:
        task.cancel()
        await asyncio.wait((task,))


def several(works: Sequence[Work]) -> Work:
    """All `works` side by side, each as the answer at its place; the first failure ends all."""

    async def work(tell: Tell) -> Ended:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(_at(place, tell))) for place, one in places]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        ends = [task.result() for task in tasks]
        return Ended(
            tuple(finish for end in ends for finish in end.finishes),
            sum((end.usage for end in ends), Usage()),
        )

    places = list(enumerate(works))
    return works[0] if len(works) == 1 else work


def _at(place: int, tell: Tell) -> Tell:
    return lambda said: tell(replace(said, index=place))


class _Outbox:
    """What was told and is not fetched yet, up to `most` characters."""

    def __init__(self, most: int) -> None:
        self.full = False
        self.on_full: Callable[[], object] = lambda: None
        self._most = most
        self._said: list[Said] = []
        self._size = 0
        self._closed = False
        self._there = asyncio.Event()

    def put(self, said: Said) -> None:
        """Take in what comes next; once it is full nothing more."""
        if self.full:
            return
        self._said.append(said)
        self._size += len(said.content) + len(said.reasoning) + _WEIGHT
        self._there.set()
        if self._size > self._most:
            self.full = True
            self._said.clear()
            self.on_full()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._there.set()

    async def take(self) -> list[Said]:
        """What waits, neighbours of one kind joined; empty when nothing more will come."""
        await self._there.wait()
        said, self._said, self._size = self._said, [], 0
        if not (self._closed or self.full):
            self._there.clear()
        return joined(said)


def joined(said: Iterable[Said]) -> list[Said]:
    """The same with neighbours joined that go on with one another."""
    return [
        Said(
            content="".join(one.content for one in parts),
            reasoning="".join(one.reasoning for one in parts),
            calls=tuple(call for one in parts for call in one.calls),
            index=place,
        )
        for (place, _), group in groupby(said, key=lambda one: (one.index, bool(one.content)))
        if (parts := list(group))
    ]
