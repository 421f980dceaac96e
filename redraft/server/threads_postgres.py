"""Threads in a Postgres database, which several servers may share."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from operator import not_
from typing import LiteralString, TypeVar

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import SerializerProtocol
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
    wait_random_exponential,
)

from redraft.core import InputError, StoreError
from redraft.memory import Address, passes, read_url
from redraft.server.threads_store import Saver, ThreadStore

T = TypeVar("T")
Connection = psycopg.AsyncConnection[DictRow]

# Seconds for which a database that is away is asked again, while a client waits.
PATIENCE = 5.0
_MOST = 4
# Tables of our own: a database may hold checkpoints of others, which are not ours to prune.
_SCHEMA = "redraft_threads"
_ENTER = f"SET search_path TO {_SCHEMA}"
_CREATE = f"CREATE SCHEMA {_SCHEMA}"
_MISSING = f"SELECT to_regnamespace('{_SCHEMA}') IS NULL AS so"
_TAKE = f"SELECT pg_try_advisory_lock(hashtextextended('{_SCHEMA}/' || %s::text, 0)) AS so"
_FREE = f"SELECT pg_advisory_unlock(hashtextextended('{_SCHEMA}/' || %s::text, 0)) AS so"
_OLDER = """
SELECT thread_id FROM checkpoints
GROUP BY thread_id HAVING max(checkpoint_id COLLATE "C") < %s COLLATE "C"
"""


@asynccontextmanager
async def open_postgres(url: str, serde: SerializerProtocol) -> AsyncGenerator[ThreadStore]:
    """The threads in the database at `url`, whose tables are made where they are missing.

    Raises `InputError`, without passwords, where it cannot be opened.
    """
    address = read_url(url)
    try:
        await _set_up(address)
    except (psycopg.Error, OSError, UnicodeError) as error:
        raise InputError(
            f"the threads in {address.shown} cannot be opened: {address.reason(error)}; check the "
            "URL and that the database runs"
        ) from None
    # One session takes the threads of all turns: its locks end with it, also where we are killed.
    calls, locks = _Database(address, _MOST), _Database(address, 1)

    async def using(work: Callable[[Saver], Awaitable[T]]) -> T:
        return await calls.call(lambda one: work(AsyncPostgresSaver(one, serde=serde)))

    async def older(first: str) -> Sequence[str]:
        async def read(connection: Connection) -> Sequence[str]:
            rows = await connection.execute(_OLDER, (first,))
            return [row["thread_id"] async for row in rows]

        return await calls.call(read)

    try:
        yield ThreadStore(using=using, older=older, hold=_Holds(locks))
    finally:
        await calls.close()
        await locks.close()


class _Database:
    """Up to `most` connections, kept between calls and made again when lost."""

    def __init__(self, address: Address, most: int) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(most)

    async def call(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` returns. It must come to the same whether or not it was done before."""
        again = AsyncRetrying(
            retry=retry_if_exception(passes),
            stop=stop_after_delay(PATIENCE),
            wait=wait_random_exponential(multiplier=0.2, max=1.0),
            reraise=True,
        )
        try:
            return await again(self._once, work)
        except psycopg.DataError as error:
            told = f"a thread cannot keep what was said: {self._address.reason(error)}"
            raise InputError(told) from error
        except (psycopg.Error, OSError) as error:
            told = f"the threads in {self._address.shown}: {self._address.reason(error)}"
            raise StoreError(told, transient=passes(error)) from error

    async def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            await self._idle.pop().close()

    async def _once(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._places:
            connection = self._idle.pop() if self._idle else await _connect(self._address)
            try:
                return await work(connection)
            finally:
                if connection.info.transaction_status is TransactionStatus.IDLE:
                    self._idle.append(connection)
                else:
                    # Where its server has gone, the others are lost as well.
                    await connection.close()
                    await self.close()


@dataclass(frozen=True, slots=True)
class _Holds:
    """Takes a thread from all other servers, as long as the session lasts that `locks` keeps."""

    locks: _Database

    @asynccontextmanager
    async def __call__(self, name: str) -> AsyncGenerator[bool]:
        try:
            held = await self.locks.call(lambda session: _so(session, _TAKE, name))
        except asyncio.CancelledError:
            # It may have been taken all the same.
            await asyncio.shield(self._free(name))
            raise
        try:
            yield held
        finally:
            if held:
                await asyncio.shield(self._free(name))

    async def _free(self, name: str) -> None:
        # Where the session was lost, the thread is free.
        with contextlib.suppress(StoreError):
            await self.locks.call(lambda session: _so(session, _FREE, name))


async def _connect(address: Address) -> Connection:
    connection = await psycopg.AsyncConnection[DictRow].connect(
        address.conninfo, autocommit=True, prepare_threshold=None, row_factory=dict_row
    )
    try:
        # Not by libpq's options: a pooler may be told to drop those.
        await connection.execute(_ENTER)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _set_up(address: Address) -> None:
    async with await _connect(address) as connection:
        # An index that is made concurrently waits for all statements that go on: whoever waited
        # for this lock in one would wait for ever.
        until = AsyncRetrying(retry=retry_if_result(not_), wait=wait_fixed(0.1))
        await until(_so, connection, _TAKE, "")
        if await _so(connection, _MISSING):
            await connection.execute(_CREATE)
        await AsyncPostgresSaver(connection).setup()


async def _so(connection: Connection, question: LiteralString, *values: str) -> bool:
    row = await (await connection.execute(question, values)).fetchone()
    return row is not None and row["so"]
