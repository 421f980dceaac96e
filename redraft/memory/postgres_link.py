"""The way to a handbook's database: one connection, made from a URL and made again when lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from redraft.core import RedraftError, StoreError
from redraft.memory.postgres_address import Address, passes

T = TypeVar("T")
Connection = psycopg.AsyncConnection[TupleRow]
Work = Callable[[Connection], Awaitable[T]]

# Seconds for which a database that is away is asked again, and a writer waits for another one.
PATIENCE = 30.0
_ERRORS = (psycopg.Error, OSError, UnicodeError, ValidationError, PydanticSerializationError)


class Link:
    """A connection that serves one call at a time.

    When the database goes away, a call is tried again for up to `PATIENCE` seconds on a fresh
    connection: it must come to the same whether or not an earlier try was carried out.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()

    async def call(self, work: Work[T], *, patience: float = PATIENCE) -> T:
        """What `work` returns; raises its `RedraftError`s, and `StoreError` for all others."""
        again = AsyncRetrying(
            retry=retry_if_exception(passes),
            stop=stop_after_delay(patience),
            wait=wait_random_exponential(multiplier=0.2, max=2.0),
            reraise=True,
        )
        async with self._turn:
            try:
                return await again(self._once, work)
            except _ERRORS as error:
                raise _told(self.address, error, patience) from error

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            await self._connection.close()

    async def _once(self, work: Work[T]) -> T:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self.address.conninfo, autocommit=True, prepare_threshold=None
            )
        try:
            return await work(self._connection)
        except RedraftError:
            raise
        except BaseException:
            # What became of a transaction cut short is for the next try to find out.
            await self._connection.close()
            raise


def _told(address: Address, error: Exception, patience: float) -> StoreError:
    """What `error` means to the user, in one line without passwords."""
    if isinstance(error, UnicodeEncodeError | PydanticSerializationError):
        return StoreError(
            f"{address.shown}: cannot keep half a character (a lone surrogate); remove it from the "
            "text"
        )
    reason = address.reason(error)
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return StoreError(
            f"{address.shown}: another process has been writing to it for {PATIENCE:.0f} s; wait "
            "for it or stop it, then try again"
        )
    if passes(error):
        waited = f" for {patience:.0f} s" if patience else ""
        return StoreError(
            f"{address.shown}: the database could not be reached{waited} ({reason}); check the URL "
            "and that the database runs, then try again: what was written before is still there"
        )
    if isinstance(error, ValidationError):
        return StoreError(
            f"{address.shown}: the handbook is damaged ({reason}); restore the database from a "
            "copy, or choose another handbook"
        )
    return StoreError(
        f"{address.shown}: cannot be read or written ({reason}); what was written before is still "
        "there"
    )
