"""The tables of all handbooks in one Postgres database, made when the first handbook is."""

import secrets

from psycopg.rows import TupleRow

from redraft.core import InputError
from redraft.memory.postgres_address import Address
from redraft.memory.postgres_link import Connection
from redraft.memory.store import NoHandbook

CREATING = 0x5244484276A1
"""The advisory lock of who makes tables; a number by chance, which nobody else's has."""

_FORMAT = 1
# "C" orders names by their code points. Values are `json`, which keeps what `text` and `jsonb`
# refuse, U+0000, in its escapes.
_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS redraft;
CREATE TABLE IF NOT EXISTS redraft.handbooks (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    id text NOT NULL,
    format integer NOT NULL
);
CREATE TABLE IF NOT EXISTS redraft.versions (
    handbook integer NOT NULL REFERENCES redraft.handbooks ON DELETE CASCADE,
    version bigint NOT NULL,
    write uuid NOT NULL UNIQUE,
    time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (handbook, version)
);
CREATE TABLE IF NOT EXISTS redraft.revisions (
    handbook integer NOT NULL REFERENCES redraft.handbooks ON DELETE CASCADE,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (handbook, name, version)
);
CREATE TABLE IF NOT EXISTS redraft.uses (
    handbook integer NOT NULL REFERENCES redraft.handbooks ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL,
    run text NOT NULL,
    problem text NOT NULL,
    name text NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (handbook, id),
    UNIQUE (handbook, run, problem, name)
);
CREATE TABLE IF NOT EXISTS redraft.examples (
    handbook integer NOT NULL REFERENCES redraft.handbooks ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL,
    problem text NOT NULL,
    attempt text NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (handbook, id),
    UNIQUE (handbook, problem, attempt)
);
"""
# Came after the first handbooks, so it is added where it is lacking: what was said of an example
# later; `examples` holds what came first.
_REVISIONS = """
CREATE TABLE IF NOT EXISTS redraft.example_revisions (
    handbook integer NOT NULL REFERENCES redraft.handbooks ON DELETE CASCADE,
    version bigint NOT NULL,
    problem text NOT NULL,
    attempt text NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    body json NOT NULL,
    PRIMARY KEY (handbook, problem, attempt, version)
);
"""
_HAS_REVISIONS = "SELECT to_regclass('redraft.example_revisions') IS NOT NULL"
_HAS_TABLES = "SELECT to_regclass('redraft.handbooks') IS NOT NULL"
_FIND = "SELECT number, id, format FROM redraft.handbooks WHERE name = %s"
_ADD = """
INSERT INTO redraft.handbooks (name, id, format) VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING
"""


async def find_handbook(
    connection: Connection, *, address: Address, create: bool
) -> tuple[int, str]:
    """The number and the id of the handbook at `address`, which is made if there is none.

    Raises `NoHandbook` when there is none and `create` is false, `InputError` when it is of
    another format.
    """
    row = await _row(connection, address.name)
    if row is None and create:
        await _make(connection, address.name)
        row = await _row(connection, address.name)
    if row is None:
        raise NoHandbook(
            f"{address.shown}: there is no handbook {address.name!r} in this database; check its "
            "name (?handbook=NAME), or build one there first"
        )
    number, name, number_of_format = row
    if number_of_format != _FORMAT:
        raise InputError(
            f"{address.shown}: has format {number_of_format}, this Redraft reads format {_FORMAT}; "
            "update Redraft"
        )
    await _add_revisions(connection)
    return number, name


async def _row(connection: Connection, name: str) -> TupleRow | None:
    if not await _has_tables(connection):
        return None
    return await (await connection.execute(_FIND, (name,))).fetchone()


async def _has_tables(connection: Connection) -> bool:
    row = await (await connection.execute(_HAS_TABLES)).fetchone()
    return row == (True,)


async def _add_revisions(connection: Connection) -> None:
    if await (await connection.execute(_HAS_REVISIONS)).fetchone() == (True,):
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
        await connection.execute(_REVISIONS)


async def _make(connection: Connection, name: str) -> None:
    async with connection.transaction():
        if not await _has_tables(connection):
            # IF NOT EXISTS does not keep two from failing who make a schema at once.
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
            await connection.execute(_SCHEMA)
        await connection.execute(_ADD, (name, secrets.token_hex(8), _FORMAT))
