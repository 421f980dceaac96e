"""A handbook in a Postgres database, which several machines may write at once.

Rows are only ever appended, so whatever a version held can be read for ever.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import LiteralString, TypeVar
from uuid import uuid4

from redraft.core import Embedder, Example, Value
from redraft.memory.cache import users_folder
from redraft.memory.entry import Entry, Kept, Use, example_key
from redraft.memory.postgres_address import read_url
from redraft.memory.postgres_link import Connection, Link
from redraft.memory.postgres_tables import find_handbook
from redraft.memory.postgres_vectors import Remembering
from redraft.memory.store import conflict, no_version, refuse_twice

# A writer that died with its transaction open is given up by the server well before those who wait
# for it give up.
_WAITING = """
SET LOCAL idle_in_transaction_session_timeout = '15s';
SET LOCAL lock_timeout = '30s';
"""
_TURN = "SELECT 1 FROM redraft.handbooks WHERE number = %s FOR UPDATE"
_NEWEST = "SELECT coalesce(max(version), 0) FROM redraft.versions WHERE handbook = %s"
_WRITE = "SELECT write::text FROM redraft.versions WHERE handbook = %s AND version = %s"
_WRITTEN = "SELECT version FROM redraft.versions WHERE write = %s"
_NEWER = """
SELECT name, max(version) FROM redraft.revisions
WHERE handbook = %s AND version > %s AND name = ANY(%s) GROUP BY name ORDER BY name LIMIT 1
"""
_ADD_VERSION = "INSERT INTO redraft.versions (handbook, version, write) VALUES (%s, %s, %s)"
_ADD_REVISION = """
INSERT INTO redraft.revisions (handbook, version, name, body) VALUES (%s, %s, %s, %s)
"""
_ADD_USE = """
INSERT INTO redraft.uses (handbook, version, run, problem, name, body)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (handbook, run, problem, name) DO NOTHING
"""
_ADD_EXAMPLE = """
INSERT INTO redraft.examples (handbook, version, problem, attempt, body)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (handbook, problem, attempt) DO NOTHING
"""
_ENTRIES = """
SELECT DISTINCT ON (name) body::text FROM redraft.revisions
WHERE handbook = %s AND version <= %s ORDER BY name, version DESC
"""
_HISTORY = """
SELECT body::text FROM redraft.revisions WHERE handbook = %s AND name = %s ORDER BY version
"""
_USES = "SELECT body::text FROM redraft.uses WHERE handbook = %s AND version <= %s ORDER BY id"
_USE_COUNT = "SELECT count(*) FROM redraft.uses WHERE handbook = %s AND version <= %s"
_EXAMPLES = """
SELECT coalesce(r.body, e.body)::text
FROM redraft.examples e
LEFT JOIN LATERAL (
    SELECT body, status FROM redraft.example_revisions
    WHERE handbook = e.handbook AND problem = e.problem AND attempt = e.attempt AND version <= %s
    ORDER BY version DESC LIMIT 1
) r ON true
WHERE e.handbook = %s AND e.version <= %s AND coalesce(r.status, 'active') = 'active'
ORDER BY e.id
"""
_EXAMPLE_HISTORY = """
SELECT body::text, 'active', '', version, id AS place FROM redraft.examples WHERE handbook = %s
UNION ALL
SELECT r.body::text, r.status, r.reason, r.version, e.id
FROM redraft.example_revisions r JOIN redraft.examples e USING (handbook, problem, attempt)
WHERE handbook = %s
ORDER BY place, version
"""
_REVISE_EXAMPLE = """
INSERT INTO redraft.example_revisions (handbook, version, problem, attempt, status, reason, body)
SELECT handbook, %s, problem, attempt, %s, %s, %s FROM redraft.examples
WHERE handbook = %s AND problem = %s AND attempt = %s
"""

V = TypeVar("V", bound=Value)
_Row = tuple[object, ...]


class PostgresStore:
    """A `Store` in a Postgres database. Made by `PostgresStore.open`.

    Writers of one handbook wait for each other for up to 30 s; readers wait for nobody. When the
    database goes away, a call is tried again for 30 s; each write is carried out once, also where
    the answer to it was lost. A call that is cancelled may still have been carried out.
    """

    def __init__(self, link: Link, number: int, name: str) -> None:
        self._link = link
        self._number = number
        self._id = name

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, create: bool = True) -> AsyncGenerator["PostgresStore"]:
        """Open the handbook that `url` names, or make an empty one if `create`.

        `url` is libpq's, and one of its parameters may be `handbook=NAME`: a database holds as
        many handbooks as there are names. Whatever it leaves out, a password too, comes from
        libpq's environment variables and password file. Raises `InputError` when it is no such
        URL, `NoHandbook` when there is no handbook, and `StoreError`, at once, when the database
        cannot be reached.
        """
        link = Link(read_url(url))
        try:
            # A mistake in a URL looks like a database that is away, so there is no waiting here.
            finding = partial(find_handbook, address=link.address, create=create)
            number, name = await link.call(finding, patience=0)
            yield cls(link, number, name)
        finally:
            await link.close()

    @property
    def id(self) -> str:
        """Names this handbook: no other one has it, a copy of the database does."""
        return self._id

    @property
    def cache(self) -> Path:
        """The folder for what can be computed again: the user's own on this machine."""
        return users_folder(self._id)

    def remembering(self, embedder: Embedder) -> Embedder:
        """`embedder`, asked only for vectors that no machine has put into the database yet."""
        return Remembering(self._link, embedder)

    async def version(self) -> int:
        """The newest version; 0 before the first write."""
        return await self._link.call(self._newest)

    async def stamp(self, version: int) -> str:
        """Names what there is up to `version`, by the write that made it.

        Raises `StoreError` when there is no such version.
        """

        async def read(connection: Connection) -> str:
            key = (self._number, await self._checked(version, connection))
            row = await (await connection.execute(_WRITE, key)).fetchone()
            return f"{self._id}@{version} {row[0] if row else 0}"

        return await self._link.call(read)

    async def entries(self, version: int | None = None) -> list[Entry]:
        """The last revision of every behavior up to `version` (the newest), sorted by name.

        Raises `StoreError` when there is no such version.
        """
        return await self._link.call(partial(self._values, Entry, _ENTRIES, version))

    async def history(self, name: str) -> list[Entry]:
        """All revisions of one behavior, the oldest first; none if the name is unknown."""

        async def read(connection: Connection) -> list[Entry]:
            cursor = await connection.execute(_HISTORY, (self._number, name))
            return [Entry.model_validate_json(body) async for (body,) in cursor]

        return await self._link.call(read)

    async def write(self, entries: Sequence[Entry], *, read: int) -> int:
        """Append one revision for each of `entries`, all or none; returns the new version.

        Raises `Conflict` if one of these names has a revision newer than `read`, `StoreError` if
        one stands twice among them. Without entries there is no new version.
        """
        refuse_twice(self._where, entries)
        names = [entry.name for entry in entries]

        async def add(connection: Connection, version: int) -> int:
            cursor = await connection.execute(_NEWER, (self._number, read, names))
            if (newer := await cursor.fetchone()) is not None:
                name, changed = newer
                raise conflict(self._where, name, changed, read)
            made = [entry.model_copy(update={"version": version}) for entry in entries]
            rows = [(self._number, version, one.name, one.model_dump_json()) for one in made]
            await cursor.executemany(_ADD_REVISION, rows)
            return len(rows)

        return await self._append(add)

    async def add_uses(self, uses: Sequence[Use]) -> int:
        """Append what is not there yet, by (run, problem, name); returns the newest version.

        A new version is made only when something was new; the first of equal keys stays.
        """
        rows = tuple(uses)

        async def add(connection: Connection, version: int) -> int:
            keys = [(use.run, use.problem, use.name, use.model_dump_json()) for use in rows]
            return await self._insert(connection, _ADD_USE, version, keys)

        return await self._append(add)

    async def uses(self, version: int | None = None) -> list[Use]:
        """The uses that were there at `version` (the newest), in the order of their arrival.

        Raises `StoreError` when there is no such version.
        """
        return await self._link.call(partial(self._values, Use, _USES, version))

    async def use_count(self, version: int | None = None) -> int:
        """How many uses there were at `version` (the newest).

        Raises `StoreError` when there is no such version.
        """

        async def count(connection: Connection) -> int:
            at = await self._checked(version, connection)
            return await _number_of(connection, _USE_COUNT, (self._number, at))

        return await self._link.call(count)

    async def add_examples(self, examples: Sequence[Example]) -> int:
        """Append what is not there yet, by (key, wrong); returns the newest version.

        A new version is made only when something was new; the first of equal keys stays.
        """
        rows = tuple(examples)

        async def add(connection: Connection, version: int) -> int:
            keys = [(*example_key(one), one.model_dump_json()) for one in rows]
            return await self._insert(connection, _ADD_EXAMPLE, version, keys)

        return await self._append(add)

    async def revise_examples(self, revisions: Sequence[Kept]) -> int:
        """Append one revision each of examples that are there; returns the newest version.

        Of one example there is at most one revision; those of others are not written.
        """
        given = tuple(revisions)

        async def add(connection: Connection, version: int) -> int:
            rows = [
                (version, one.status, one.reason, body, self._number, *example_key(one.example))
                for one in given
                for body in (one.example.model_dump_json(),)
            ]
            cursor = connection.cursor()
            await cursor.executemany(_REVISE_EXAMPLE, rows)
            return cursor.rowcount if rows else 0

        return await self._append(add)

    async def examples(self, version: int | None = None) -> list[Example]:
        """What the examples said at `version` (the newest), in the order of their arrival.

        Those that were retired then are left out. Raises `StoreError` when there is no such
        version.
        """

        async def read(connection: Connection) -> list[Example]:
            at = await self._checked(version, connection)
            cursor = await connection.execute(_EXAMPLES, (at, self._number, at))
            return [Example.model_validate_json(body) async for (body,) in cursor]

        return await self._link.call(read)

    async def example_history(self) -> list[Kept]:
        """All revisions of all examples, in the order of arrival, each one's oldest first."""

        async def read(connection: Connection) -> list[Kept]:
            cursor = await connection.execute(_EXAMPLE_HISTORY, (self._number, self._number))
            return [
                Kept(
                    example=Example.model_validate_json(body),
                    status=status,
                    reason=reason,
                    version=version,
                )
                async for body, status, reason, version, _ in cursor
            ]

        return await self._link.call(read)

    @property
    def _where(self) -> str:
        return self._link.address.shown

    async def _newest(self, connection: Connection) -> int:
        return await _number_of(connection, _NEWEST, (self._number,))

    async def _checked(self, version: int | None, connection: Connection) -> int:
        newest = await self._newest(connection)
        if version is not None and not 0 <= version <= newest:
            raise no_version(self._where, version, newest)
        return newest if version is None else version

    async def _values(
        self, kind: type[V], statement: LiteralString, version: int | None, connection: Connection
    ) -> list[V]:
        at = await self._checked(version, connection)
        cursor = await connection.execute(statement, (self._number, at))
        return [kind.model_validate_json(body) async for (body,) in cursor]

    async def _append(self, add: Callable[[Connection, int], Awaitable[int]]) -> int:
        """Let `add` insert rows of the next version and say how many; the newest version then.

        All or none, once, and the version comes to be only if there are any.
        """
        write = uuid4()

        async def once(connection: Connection) -> int:
            async with connection.transaction():
                await connection.execute(_WAITING)
                await connection.execute(_TURN, (self._number,))
                cursor = await connection.execute(_WRITTEN, (write,))
                # An earlier try was carried out, though its answer never came.
                if (written := await cursor.fetchone()) is not None:
                    return written[0]
                newest = await self._newest(connection)
                if not await add(connection, newest + 1):
                    return newest
                await connection.execute(_ADD_VERSION, (self._number, newest + 1, write))
                return newest + 1

        return await self._link.call(once)

    async def _insert(
        self, connection: Connection, statement: LiteralString, version: int, rows: Sequence[_Row]
    ) -> int:
        cursor = connection.cursor()
        await cursor.executemany(statement, [(self._number, version, *row) for row in rows])
        return cursor.rowcount if rows else 0


async def _number_of(connection: Connection, statement: LiteralString, values: _Row) -> int:
    row = await (await connection.execute(statement, values)).fetchone()
    return 0 if row is None else row[0]
