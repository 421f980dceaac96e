"""Where a handbook is kept: the path of a file, or the URL of a database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from redraft.core import InputError
from redraft.memory.address import scheme_of, without_password
from redraft.memory.sqlite import SqliteStore
from redraft.memory.store import Store

_POSTGRES = ("postgresql", "postgres")


@asynccontextmanager
async def open_store(where: str, *, create: bool = True) -> AsyncGenerator[Store]:
    """Open the handbook at a path (SQLite) or at `postgresql://...`, or make one if `create`.

    Raises `NoHandbook` where there is none and `create` is false, `InputError` where none can be,
    `StoreError` where it cannot be read.
    """
    scheme = scheme_of(where)
    if scheme is None:
        async with SqliteStore.open(Path(where), create=create) as store:
            yield store
    elif scheme in _POSTGRES:
        try:
            from redraft.memory.postgres import PostgresStore
        except ImportError:
            raise InputError(
                f"{without_password(where)}: Postgres needs psycopg: pip install "
                "'redraft[postgres]'"
            ) from None
        async with PostgresStore.open(where, create=create) as store:
            yield store
    else:
        raise InputError(
            f"{without_password(where)}: no store answers to {scheme}://; give the path of a file, "
            "or postgresql://USER@HOST/DATABASE"
        )
