"""Conversations that the server keeps: each turn is a run in a LangGraph checkpointer."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

import redraft.core
from redraft.core import InputError, Message, Problem, Solution, StoreError, Value
from redraft.graphs import STATE_VALUES
from redraft.memory import scheme_of, without_password
from redraft.server.errors import ApiError
from redraft.server.threads_store import Relay, ThreadStore

# Two places, written in turn: a turn that fails leaves the one before it whole.
_PLACES = (0, 1)
_FINISHED = "redraft:finished"
_DAY = 86_400.0
# 100 ns ticks from the Gregorian calendar to 1970, as version 6 UUIDs count (RFC 9562).
_GREGORIAN = 0x01B21DD213814000


class Kept(Value):
    """What the last turn of a thread came to. `waiting` is the recipe that waits for a person."""

    place: str
    history: tuple[Message, ...]
    waiting: str | None


class Threads:
    """The threads of a server. A turn goes on in one process alone."""

    def __init__(self, store: ThreadStore) -> None:
        self.saver = Relay(store.using)
        self._store = store
        self._busy: set[str] = set()

    async def check(self, name: str) -> None:
        """Raise a 409 when a turn goes on in the thread called `name`, and `StoreError` when the
        thread cannot be read.
        """
        if name in self._busy:
            raise _refused()
        await self.last(name)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncGenerator[None]:
        """Hold the thread for one turn; raises a 409 when somebody else does."""
        if name in self._busy:
            raise _refused()
        self._busy.add(name)
        try:
            async with self._store.hold(name) as held:
                if not held:
                    raise _refused()
                yield
        finally:
            self._busy.discard(name)

    async def last(self, name: str) -> Kept | None:
        """What the thread's last turn came to; `None` for a new one. Raises `StoreError`."""
        found = [await self.saver.aget_tuple(_config(f"{name}/{place}")) for place in _PLACES]
        made = [one for one in found if one is not None and _is_finished(one)]
        newest = max(made, key=lambda one: one.checkpoint["id"], default=None)
        return None if newest is None else _kept(newest)

    async def clear(self, name: str, last: Kept | None) -> str:
        """A place for the thread's next turn, emptied. Raises `StoreError`."""
        free = [f"{name}/{place}" for place in _PLACES]
        place = next(one for one in free if last is None or one != last.place)
        await self.saver.adelete_thread(place)
        return place

    async def carry(self, last: Kept, place: str) -> None:
        """Copy the run that waits in `last` to `place`, so that it stays there as it is."""
        found = await self.saver.aget_tuple(_config(last.place))
        assert found is not None
        checkpoint = found.checkpoint
        config = await self.saver.aput(
            _config(place), checkpoint, found.metadata, checkpoint["channel_versions"]
        )
        writes: dict[str, list[tuple[str, Any]]] = {}
        for task, channel, value in found.pending_writes or ():
            if channel != _FINISHED:
                writes.setdefault(task, []).append((channel, value))
        for task, wrote in writes.items():
            await self.saver.aput_writes(config, wrote, task)

    async def finish(self, place: str) -> None:
        """Let the turn at `place` be the last of its thread; until then it counts for nothing."""
        found = await self.saver.aget_tuple(_config(place))
        assert found is not None
        await self.saver.aput_writes(found.config, [(_FINISHED, True)], _FINISHED)

    async def prune(self, days: float) -> int:
        """Drop the threads that nothing was said in for `days`; returns how many turns went."""
        before, dropped = first_id(time.time() - days * _DAY), 0
        for place in await self._store.older(before):
            # Somebody may be speaking there now, and will then have spoken.
            with contextlib.suppress(ApiError):
                async with self.turn(place.rpartition("/")[0]):
                    found = await self.saver.aget_tuple(_config(place))
                    if found is not None and found.checkpoint["id"] < before:
                        await self.saver.adelete_thread(place)
                        dropped += 1
        return dropped


@asynccontextmanager
async def open_threads(place: str | None, days: float) -> AsyncGenerator[Threads | None]:
    """The threads in the file or the Postgres database at `place`, pruned now and every day; none
    without a place.

    Raises `InputError` where they cannot be opened.
    """
    if place is None:
        yield None
        return
    async with _opened(place) as store:
        threads = Threads(store)
        await threads.prune(days)
        pruning = asyncio.create_task(_prune_daily(threads, days))
        try:
            yield threads
        finally:
            pruning.cancel()
            await asyncio.wait((pruning,))


def _opened(place: str) -> AbstractAsyncContextManager[ThreadStore]:
    scheme = scheme_of(place)
    if scheme not in (None, "postgres", "postgresql"):
        raise InputError(
            f"the threads in {without_password(place)}: no store answers to {scheme}://; give the "
            "path of a file, or postgresql://USER@HOST/DATABASE"
        )
    library, extra = ("sqlite", "threads") if scheme is None else ("postgres", "postgres")
    if find_spec(f"langgraph.checkpoint.{library}") is None:
        raise InputError(
            f"the threads in {without_password(place)} need an extra: run pip install "
            f"'redraft[{extra}]'"
        )
    if scheme is None:
        from redraft.server.threads_sqlite import open_sqlite

        return open_sqlite(place, serializer())
    from redraft.server.threads_postgres import open_postgres

    return open_postgres(place, serializer())


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


def _refused() -> ApiError:
    return ApiError(
        409,
        "redraft.thread: this thread is still answering; ask again when it has",
        code="thread_busy",
        param="redraft.thread",
    )


def _is_finished(found: CheckpointTuple) -> bool:
    return any(channel == _FINISHED for _, channel, _ in found.pending_writes or ())


def _kept(found: CheckpointTuple) -> Kept:
    values = found.checkpoint["channel_values"]
    problem, final = values.get("problem"), values.get("final")
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
