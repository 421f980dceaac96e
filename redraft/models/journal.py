"""The journal of calls: every finished reply is on disk before its caller sees it.

After a kill the same job finds its replies here and asks only what was in flight. One writer task
groups the replies that finish together into one commit; readers look up by key and keep nothing
in memory.
"""

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from redraft.core import Reply, Request, StoreError
from redraft.models.journal_file import FILE_ERRORS, claimed, connect, damaged, prepare, store_error

# Seconds for which the writer lets replies gather: little beside a call, much beside a commit.
_GATHER = 0.003
_INSERT = "INSERT OR IGNORE INTO call VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT reply, digest FROM call WHERE key = ?"


class _Row(NamedTuple):
    key: str
    problem: str
    role: str
    agent: str
    model: str
    request: str
    reply: str
    digest: bytes
    seconds: float
    time: float


_Waiting = tuple[_Row, asyncio.Future[None]]


class Journal:
    """Replies by key, in one SQLite file. Made by `Journal.open`."""

    def __init__(self, path: Path, reader: sqlite3.Connection, writer: sqlite3.Connection) -> None:
        self.path = path
        self._reader = reader
        self._writer = writer
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, job: str) -> AsyncGenerator["Journal"]:
        """Open or create the journal of `job` (a hash) at `path`, in a folder that exists.

        Raises `StoreError` when another process holds it, another job owns it, or it is damaged.
        A process that is killed loses nothing that `put` confirmed; a power cut may lose the
        last commits.
        """
        with claimed(path):
            prepare(path, job)
            with closing(connect(path)) as reader, closing(connect(path)) as writer:
                journal = cls(path, reader, writer)
                task = asyncio.create_task(journal._write(), name="journal writer")
                try:
                    yield journal
                finally:
                    journal._queue.put_nowait(None)
                    await task

    def get(self, key: str) -> Reply | None:
        """The reply under `key`, as it was put."""
        try:
            row = self._reader.execute(_SELECT, (key,)).fetchone()
        except FILE_ERRORS as error:
            raise store_error(self.path, error) from error
        if row is None:
            return None
        if row[1] != _digest(key, row[0]):
            raise damaged(self.path, f"the reply {key} has changed since it was written")
        try:
            return Reply.model_validate_json(row[0])
        except ValidationError as error:
            raise damaged(self.path, f"the reply {key} cannot be read") from error

    async def put(self, key: str, model: str, request: Request, reply: Reply) -> None:
        """Keep `reply`; returns once it is committed. The first reply under a key stays.

        Raises `StoreError` when it cannot be written. A cancelled caller's reply is kept.
        """
        text = reply.model_dump_json()
        row = _Row(
            key=key,
            problem=request.origin.problem,
            role=request.origin.role,
            agent=request.origin.agent,
            model=model,
            request=request.model_dump_json(exclude={"origin"}),
            reply=text,
            digest=_digest(key, text),
            seconds=reply.seconds,
            time=time.time(),
        )
        committed = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((row, committed))
        await committed

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="journal") as thread:
            while (first := await self._queue.get()) is not None:
                await asyncio.sleep(_GATHER)
                batch = [first, *self._gathered()]
                try:
                    await loop.run_in_executor(thread, self._commit, [row for row, _ in batch])
                except FILE_ERRORS as error:
                    _settle(batch, store_error(self.path, error))
                else:
                    _settle(batch, None)

    def _gathered(self) -> list[_Waiting]:
        rows: list[_Waiting] = []
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if item is None:
                self._queue.put_nowait(None)
                break
            rows.append(item)
        return rows

    def _commit(self, rows: list[_Row]) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            self._writer.executemany(_INSERT, rows)
            self._writer.execute("COMMIT")
        except FILE_ERRORS:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise


def _settle(batch: list[_Waiting], error: StoreError | None) -> None:
    for _, committed in batch:
        if committed.done():
            continue
        if error is None:
            committed.set_result(None)
        else:
            committed.set_exception(error)


def _digest(key: str, reply: str) -> bytes:
    return hashlib.blake2b(f"{key}\x1f{reply}".encode(), digest_size=8).digest()
