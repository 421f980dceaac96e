"""Threads in a SQLite file, for one server at a time."""

import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import aiosqlite
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from redraft.core import InputError, StoreError
from redraft.server.threads_store import Saver, ThreadStore

T = TypeVar("T")
_OLDER = "SELECT thread_id FROM checkpoints GROUP BY thread_id HAVING MAX(checkpoint_id) < ?"


@asynccontextmanager
async def open_sqlite(path: str, serde: SerializerProtocol) -> AsyncGenerator[ThreadStore]:
    """The threads in the file at `path`; raises `InputError` where it cannot be opened."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            # A file that cannot be opened would leave aiosqlite's thread behind.
            sqlite3.connect(path).close()
            connection = await stack.enter_async_context(aiosqlite.connect(path))
            saver = AsyncSqliteSaver(connection, serde=serde)
            await saver.setup()
        except sqlite3.Error as error:
            raise InputError(f"the threads in {path} cannot be opened: {error}") from None
        file = _File(path, saver)
        yield ThreadStore(using=file.using, older=file.older, hold=_alone)


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    saver: AsyncSqliteSaver

    async def using(self, work: Callable[[Saver], Awaitable[T]]) -> T:
        try:
            return await work(self.saver)
        except sqlite3.Error as error:
            # What the failed call had begun would be kept with the next one.
            async with self.saver.lock:
                with contextlib.suppress(sqlite3.Error):
                    await self.saver.conn.rollback()
            raise StoreError(f"the threads in {self.path}: {error}") from error

    async def older(self, first: str) -> Sequence[str]:
        async def read(_: Saver) -> Sequence[str]:
            async with self.saver.lock, self.saver.conn.execute(_OLDER, (first,)) as rows:
                return [str(row[0]) async for row in rows]

        return await self.using(read)


@asynccontextmanager
async def _alone(name: str) -> AsyncGenerator[bool]:
    yield True
