"""Conversations that the server keeps: each turn is a run in a LangGraph checkpointer (SQLite)."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

import redraft.core
from redraft.core import InputError, Message, Problem, Solution, StoreError, Value
from redraft.graphs import STATE_VALUES
from redraft.server.errors import ApiError

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

# Two places, written in turn: a turn that fails leaves the one before it whole.
_PLACES = (0, 1)
_DAY = 86_400.0
# 100 ns ticks from the Gregorian calendar to 1970, as version 6 UUIDs count (RFC 9562).
_GREGORIAN = 0x01B21DD213814000
Saver = BaseCheckpointSaver[Any]


class Kept(Value):
    """What the last turn of a thread came to. `waiting` is the recipe that waits for a person."""

    place: str
    history: tuple[Message, ...]
    waiting: str | None


class Threads:
    """The threads of a server. `saver` keeps them; a turn goes on in one process alone."""

    def __init__(self, saver: "AsyncSqliteSaver", place: str) -> None:
        self.saver = saver
        self._place = place
        self._busy: set[str] = set()

    def check(self, name: str) -> None:
        """Raise a 409 when a turn goes on in the thread called `name`."""
        if name in self._busy:
            raise ApiError(
                409,
                "redraft.thread: this thread is still answering; ask again when it has",
                code="thread_busy",
                param="redraft.thread",
            )

    @contextlib.contextmanager
    def turn(self, name: str) -> Generator[None]:
        """Hold the thread for one turn; raises a 409 when somebody else does."""
        self.check(name)
        self._busy.add(name)
        try:
            yield
        finally:
            self._busy.discard(name)

    async def last(self, name: str) -> Kept | None:
        """What the thread's last turn came to; `None` for a new one. Raises `StoreError`."""
        with self._told():
            found = [await self.saver.aget_tuple(_config(f"{name}/{place}")) for place in _PLACES]
        made = [one for one in found if one and "problem" in one.checkpoint["channel_values"]]
        newest = max(made, key=lambda one: one.checkpoint["id"], default=None)
        return None if newest is None else _kept(newest)

    async def clear(self, name: str, last: Kept | None) -> str:
        """A place for the thread's next turn, emptied. Raises `StoreError`."""
        free = [f"{name}/{place}" for place in _PLACES]
        place = next(one for one in free if last is None or one != last.place)
        with self._told():
            await self.saver.adelete_thread(place)
        return place

    async def prune(self, days: float) -> int:
        """Drop the threads that nothing was said in for `days`; returns how many turns went."""
        query = "SELECT thread_id FROM checkpoints GROUP BY thread_id HAVING MAX(checkpoint_id) < ?"
        before = first_id(time.time() - days * _DAY)
        with self._told():
            async with self.saver.lock, self.saver.conn.execute(query, (before,)) as rows:
                old = [str(row[0]) async for row in rows]
            for place in old:
                if place.rpartition("/")[0] not in self._busy:
                    await self.saver.adelete_thread(place)
        return len(old)

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"the threads in {self._place}: {error}") from error


@asynccontextmanager
async def open_threads(place: str | None, days: float) -> AsyncGenerator[Threads | None]:
    """The threads in the file at `place`, pruned now and every day; none without a place.

    Raises `InputError` where they cannot be opened.
    """
    if place is None:
        yield None
        return
    if "://" in place:
        raise InputError("threads are kept in a file of this machine, not at a URL")
    if find_spec("langgraph.checkpoint.sqlite") is None:
        raise InputError("threads need an extra: run pip install 'redraft[threads]'")
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    async with contextlib.AsyncExitStack() as stack:
        try:
            # A file that cannot be opened would leave aiosqlite's thread behind.
            sqlite3.connect(place).close()
            connection = await stack.enter_async_context(aiosqlite.connect(place))
            saver = AsyncSqliteSaver(connection, serde=serializer())
            await saver.setup()
        except sqlite3.Error as error:
            raise InputError(f"the threads in {place} cannot be opened: {error}") from None
        threads = Threads(saver, place)
        await threads.prune(days)
        pruning = asyncio.create_task(_prune_daily(threads, days))
        try:
            yield threads
        finally:
            pruning.cancel()
            await asyncio.wait((pruning,))


async def _prune_daily(threads: Threads, days: float) -> None:
    while True:
        await asyncio.sleep(_DAY)
        # A store that fails now will say so to whoever asks next; tomorrow is another day.
        with contextlib.suppress(StoreError):
            await threads.prune(days)


def serializer() -> JsonPlusSerializer:
    """Reads back the values of `redraft.core` and the entries of Xolver's board, no other types."""
    values = [
        one
        for one in vars(redraft.core).values()
        if isinstance(one, type) and issubclass(one, Value)
    ]
    return JsonPlusSerializer(
        allowed_msgpack_modules=[(one.__module__, one.__name__) for one in (*values, *STATE_VALUES)]
    )


def first_id(seconds: float) -> str:
    """What is smaller than the id of every checkpoint made since Unix time `seconds`."""
    high = f"{(int(seconds * 10_000_000) + _GREGORIAN) >> 12:012x}"
    return f"{high[:8]}-{high[8:]}"


def _config(place: str) -> RunnableConfig:
    return RunnableConfig(configurable={"thread_id": place, "checkpoint_ns": ""})


def _kept(found: CheckpointTuple) -> Kept:
    values = found.checkpoint["channel_values"]
    problem, final = values["problem"], values.get("final")
    if not isinstance(problem, Problem) or not isinstance(final, Solution | None):
        raise StoreError("a thread holds what this version cannot read; begin another thread")
    asked = any(channel == "__interrupt__" for _, channel, _ in found.pending_writes or ())
    metadata: dict[str, Any] = dict(found.metadata)
    said: tuple[Message, ...] = ()
    if final is not None:
        question = Message(role="user", content=problem.prompt)
        said = (question, Message(role="assistant", content=final.text))
    return Kept(
        place=found.config.get("configurable", {})["thread_id"],
        history=(*problem.history, *said),
        waiting=str(metadata.get("recipe")) if asked else None,
    )
