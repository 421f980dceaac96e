"""The way to a handbook's database: one connection, made from a URL and made again when lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_random_exponential

from redraft.core import InputError, RedraftError, StoreError
from redraft.memory.address import without_password

T = TypeVar("T")
Connection = psycopg.AsyncConnection[TupleRow]
Work = Callable[[Connection], Awaitable[T]]

# Seconds for which a database that is away is asked again, and a writer waits for another one.
PATIENCE = 30.0
_DEFAULT_NAME = "handbook"
_ERRORS = (psycopg.Error, OSError, UnicodeError, ValidationError, PydanticSerializationError)
# SQLSTATEs of what passes: lost connections, a server that stops, starts or is full, deadlocks,
# and a transaction that the server gave up since this process had stood still.
_PASSING = ("08", "40", "53300", "57P", "25P03")
# A server that is gone without a word is found out in about as long as a call is tried again.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "redraft",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a handbook is: its place as it may be shown, its name in the database, and what libpq
    needs to connect, with the passwords in it."""

    shown: str
    name: str
    conninfo: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def read_url(url: str) -> Address:
    """The address in a URL: libpq's own, and `handbook=NAME` among its parameters.

    Raises `InputError` without the URL's passwords.
    """
    shown = without_password(url)
    base, _, query = url.partition("?")
    parts = query.split("&") if query else []
    names = [part.partition("=")[2] for part in parts if part.startswith("handbook=")]
    rest = "&".join(part for part in parts if not part.startswith("handbook="))
    try:
        given = {key: str(value) for key, value in conninfo_to_dict(f"{base}?{rest}").items()}
    except psycopg.Error:
        given = {"port": "?"}
    if not all(port.isdecimal() for port in given.get("port", "0").split(",") if port):
        raise InputError(
            f"{shown}: not the URL of a Postgres database; write postgresql://USER@HOST/DATABASE, "
            "with all marks in a password percent-encoded, and check the parameters after the '?'"
        )
    return Address(
        shown=shown,
        name=unquote(names[-1]) if names else _DEFAULT_NAME,
        conninfo=make_conninfo("", **{**_DEFAULTS, **given, "client_encoding": "utf8"}),
        secrets=tuple(given[key] for key in ("password", "sslpassword") if given.get(key)),
    )


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
            retry=retry_if_exception(_passes),
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


def _passes(error: BaseException) -> bool:
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:  # libpq's own errors: no connection, or a lost one
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_PASSING)


def _told(address: Address, error: Exception, patience: float) -> StoreError:
    """What `error` means to the user, in one line without passwords."""
    if isinstance(error, UnicodeEncodeError | PydanticSerializationError):
        return StoreError(
            f"{address.shown}: cannot keep half a character (a lone surrogate); remove it from the "
            "text"
        )
    reason = " ".join(str(error).split())
    for secret in address.secrets:
        reason = reason.replace(secret, "...")
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return StoreError(
            f"{address.shown}: another process has been writing to it for {PATIENCE:.0f} s; wait "
            "for it or stop it, then try again"
        )
    if _passes(error):
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
