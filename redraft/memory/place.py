"""Where a handbook is kept: the path of a file, or the URL of a database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

from redraft.core import InputError
from redraft.memory.sqlite import SqliteStore
from redraft.memory.store import Store

_POSTGRES = ("postgresql", "postgres")
_SECRETS = {"password", "sslpassword"}


@asynccontextmanager
async def open_store(where: str, *, create: bool = True) -> AsyncGenerator[Store]:
    """Open the handbook at a path (SQLite) or at `postgresql://...`, or make one if `create`.

    Raises `NoHandbook` where there is none and `create` is false, `InputError` where none can be,
    `StoreError` where it cannot be read.
    """
    scheme = _scheme(where)
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


def absolute(where: str) -> str:
    """`where` as it can be found from any folder: a path made absolute, a URL as it is."""
    return where if _scheme(where) else str(Path(where).absolute())


def without_password(where: str) -> str:
    """`where` as it may be shown and kept: a URL loses its passwords, a path stays as it is.

    What follows a colon is shown only where it must be a port: a password that should have been
    percent-encoded may hold any mark.
    """
    if _scheme(where) is None:
        return where
    scheme, _, rest = where.partition("://")
    rest, _, query = rest.partition("?")
    user, at, address = rest.rpartition("@")
    user = user.partition(":")[0].partition("/")[0]
    host, slash, path = address.partition("/")
    if not at and not host.rpartition(":")[2].isdecimal() and not host.startswith("["):
        host = host.partition(":")[0]
    told = "&".join(part for part in query.split("&") if _is_open(part))
    return f"{scheme}://{user}{at}{host}{slash}{path}{'?' if told else ''}{told}"


def _is_open(parameter: str) -> bool:
    name, mark, _ = parameter.partition("=")
    return bool(mark) and unquote(name).lower() not in _SECRETS


def _scheme(where: str) -> str | None:
    scheme, mark, _ = where.partition("://")
    return scheme.lower() if mark and scheme.isalnum() else None
