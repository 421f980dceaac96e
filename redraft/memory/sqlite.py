"""A handbook in one SQLite file, which several processes of one machine may write at once.

Rows are only ever appended, so whatever a version held can be read for ever.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from redraft.core import Embedder, Example
from redraft.memory.entry import Entry, Kept, Provenance, Use, example_key
from redraft.memory.sqlite_file import FILE_ERRORS, open_file, store_error
from redraft.memory.store import conflict, no_version, refuse_twice

_NEWEST = "SELECT coalesce(max(version), 0) FROM versions"
_REVISION = "name, instruction, topic, status, reason, provenance, version"
_TIME = "SELECT time FROM versions WHERE version = ?"
# The names and their versions come from the index, in order; CROSS JOIN keeps it the outer loop.
_ENTRIES = f"""
SELECT {_REVISION}
FROM (SELECT name, max(version) AS version FROM revisions WHERE version <= ? GROUP BY name)
CROSS JOIN revisions USING (name, version)
"""
_HISTORY = f"SELECT {_REVISION} FROM revisions WHERE name = ? ORDER BY version"
_NEWER = "SELECT max(version) FROM revisions WHERE name = ? AND version > ?"
_ADD_VERSION = "INSERT INTO versions VALUES (?, ?)"
_ADD_REVISION = f"INSERT INTO revisions ({_REVISION}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_USE = "run, problem, name, shown, all_held, cited, correct, input_tokens, output_tokens, wording"
_USES = f"SELECT {_USE} FROM uses WHERE version <= ? ORDER BY id"
_ADD_USE = f"""
INSERT INTO uses (version, {_USE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run, problem, name) DO NOTHING
"""
_USE_COUNT = "SELECT count(*) FROM uses WHERE version <= ?"
_EXAMPLES = """
SELECT coalesce(r.body, e.body)
FROM examples e LEFT JOIN example_revisions r ON r.id = (
    SELECT id FROM example_revisions
    WHERE problem = e.problem AND attempt = e.attempt AND version <= ?
    ORDER BY version DESC LIMIT 1
)
WHERE e.version <= ? AND coalesce(r.status, 'active') = 'active' ORDER BY e.id
"""
_EXAMPLE_HISTORY = """
SELECT body, 'active', '', version, id AS place FROM examples
UNION ALL
SELECT r.body, r.status, r.reason, r.version, e.id
FROM example_revisions r JOIN examples e USING (problem, attempt)
ORDER BY place, version
"""
_REVISE_EXAMPLE = """
INSERT INTO example_revisions (version, problem, attempt, status, reason, body)
SELECT ?, problem, attempt, ?, ?, ? FROM examples WHERE problem = ? AND attempt = ?
"""
_ADD_EXAMPLE = """
INSERT INTO examples (version, problem, attempt, body) VALUES (?, ?, ?, ?)
ON CONFLICT (problem, attempt) DO NOTHING
"""
_PROVENANCES = TypeAdapter(tuple[Provenance, ...])

T = TypeVar("T")
_Row = tuple[Any, ...]


class SqliteStore:
    """A `Store` in one file. Made by `SqliteStore.open`.

    Writers wait for each other for up to 30 s; readers wait for nobody. A process that is killed
    loses nothing that was returned to it; a power cut may lose the last writes, whole ones. A
    call that is cancelled may still have been carried out.
    """

    def __init__(
        self, path: Path, name: str, connection: sqlite3.Connection, thread: ThreadPoolExecutor
    ) -> None:
        self.path = path
        self._id = name
        self._connection = connection
        self._thread = thread

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, create: bool = True) -> AsyncGenerator["SqliteStore"]:
        """Open the handbook at `path`, or make an empty one if `create`, in a folder that exists.

        Raises `InputError` when there is none or the file is something else, `StoreError` when it
        is damaged or cannot be read.
        """
        loop = asyncio.get_running_loop()
        # Of one thread, so that calls come one after the other, cancelled ones too.
        with ThreadPoolExecutor(1, thread_name_prefix="handbook") as thread:
            opening = partial(open_file, path, create=create)
            connection, name = await loop.run_in_executor(thread, opening)
            try:
                yield cls(path, name, connection, thread)
            finally:
                await loop.run_in_executor(thread, connection.close)

    @property
    def id(self) -> str:
        """Names this handbook: no other one has it, a copy of the file does."""
        return self._id

    @property
    def cache(self) -> Path:
        """The folder for what can be computed again: beside the file, `NAME-cache`."""
        return self.path.with_name(f"{self.path.name}-cache")

    def remembering(self, embedder: Embedder) -> Embedder:
        """`embedder` itself: the one machine that can open the file has its `cache`."""
        return embedder

    async def version(self) -> int:
        """The newest version; 0 before the first write."""
        return await self._call(self._newest)

    async def stamp(self, version: int) -> str:
        """Names what there is up to `version`, by the time at which that was written.

        Raises `StoreError` when there is no such version.
        """
        return await self._call(partial(self._stamp, version))

    async def entries(self, version: int | None = None) -> list[Entry]:
        """The last revision of every behavior up to `version` (the newest), sorted by name.

        Raises `StoreError` when there is no such version.
        """
        return await self._call(partial(self._entries, version))

    async def history(self, name: str) -> list[Entry]:
        """All revisions of one behavior, the oldest first; none if the name is unknown."""
        return await self._call(partial(self._history, name))

    async def write(self, entries: Sequence[Entry], *, read: int) -> int:
        """Append one revision for each of `entries`, all or none; returns the new version.

        Raises `Conflict` if one of these names has a revision newer than `read`, `StoreError` if
        one stands twice among them. Without entries there is no new version.
        """
        return await self._call(partial(self._write, tuple(entries), read))

    async def add_uses(self, uses: Sequence[Use]) -> int:
        """Append what is not there yet, by (run, problem, name); returns the newest version.

        A new version is made only when something was new; the first of equal keys stays.
        """
        return await self._call(partial(self._add_uses, tuple(uses)))

    async def uses(self, version: int | None = None) -> list[Use]:
        """The uses that were there at `version` (the newest), in the order of their arrival.

        Raises `StoreError` when there is no such version.
        """
        return await self._call(partial(self._uses, version))

    async def use_count(self, version: int | None = None) -> int:
        """How many uses there were at `version` (the newest).

        Raises `StoreError` when there is no such version.
        """
        return await self._call(partial(self._use_count, version))

    async def add_examples(self, examples: Sequence[Example]) -> int:
        """Append what is not there yet, by (key, wrong); returns the newest version.

        A new version is made only when something was new; the first of equal keys stays.
        """
        return await self._call(partial(self._add_examples, tuple(examples)))

    async def revise_examples(self, revisions: Sequence[Kept]) -> int:
        """Append one revision each of examples that are there; returns the newest version.

        Of one example there is at most one revision; those of others are not written.
        """
        return await self._call(partial(self._revise_examples, tuple(revisions)))

    async def examples(self, version: int | None = None) -> list[Example]:
        """What the examples said at `version` (the newest), in the order of their arrival.

        Those that were retired then are left out. Raises `StoreError` when there is no such
        version.
        """
        return await self._call(partial(self._examples, version))

    async def example_history(self) -> list[Kept]:
        """All revisions of all examples, in the order of arrival, each one's oldest first."""
        return await self._call(self._example_history)

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except FILE_ERRORS as error:
            raise store_error(self.path, error) from error

    def _newest(self) -> int:
        return self._connection.execute(_NEWEST).fetchone()[0]

    def _checked(self, version: int | None) -> int:
        newest = self._newest()
        if version is None:
            return newest
        if not 0 <= version <= newest:
            raise no_version(self.path, version, newest)
        return version

    def _stamp(self, version: int) -> str:
        row = self._connection.execute(_TIME, (self._checked(version),)).fetchone()
        return f"{self._id}@{version} {row[0] if row else 0.0!r}"

    def _entries(self, version: int | None) -> list[Entry]:
        rows = self._connection.execute(_ENTRIES, (self._checked(version),))
        return sorted(map(_entry, rows), key=lambda entry: entry.name)

    def _history(self, name: str) -> list[Entry]:
        return [_entry(row) for row in self._connection.execute(_HISTORY, (name,))]

    def _write(self, entries: tuple[Entry, ...], read: int) -> int:
        refuse_twice(self.path, entries)
        with self._writing() as version:
            for entry in entries:
                (newer,) = self._connection.execute(_NEWER, (entry.name, read)).fetchone()
                if newer is not None:
                    raise conflict(self.path, entry.name, newer, read)
            # Rows that lie in the order of their names are read faster.
            ordered = sorted(entries, key=lambda entry: entry.name)
            self._connection.executemany(
                _ADD_REVISION, [_revision(entry, version) for entry in ordered]
            )
        return version if entries else version - 1

    def _add_uses(self, uses: tuple[Use, ...]) -> int:
        with self._writing() as version:
            added = self._connection.executemany(_ADD_USE, [_row(use, version) for use in uses])
        return version if added.rowcount > 0 else version - 1

    def _add_examples(self, examples: tuple[Example, ...]) -> int:
        with self._writing() as version:
            rows = [(version, *example_key(one), one.model_dump_json()) for one in examples]
            added = self._connection.executemany(_ADD_EXAMPLE, rows)
        return version if added.rowcount > 0 else version - 1

    def _uses(self, version: int | None) -> list[Use]:
        rows = self._connection.execute(_USES, (self._checked(version),))
        return [_use(row) for row in rows]

    def _use_count(self, version: int | None) -> int:
        return self._connection.execute(_USE_COUNT, (self._checked(version),)).fetchone()[0]

    def _revise_examples(self, revisions: tuple[Kept, ...]) -> int:
        with self._writing() as version:
            rows = [
                (version, one.status, one.reason, body, *example_key(one.example))
                for one in revisions
                for body in (one.example.model_dump_json(),)
            ]
            added = self._connection.executemany(_REVISE_EXAMPLE, rows)
        return version if added.rowcount > 0 else version - 1

    def _examples(self, version: int | None) -> list[Example]:
        at = self._checked(version)
        rows = self._connection.execute(_EXAMPLES, (at, at))
        return [Example.model_validate_json(body) for (body,) in rows]

    def _example_history(self) -> list[Kept]:
        return [
            Kept(
                example=Example.model_validate_json(body),
                status=status,
                reason=reason,
                version=version,
            )
            for body, status, reason, version, _ in self._connection.execute(_EXAMPLE_HISTORY)
        ]

    @contextmanager
    def _writing(self) -> Generator[int]:
        """A transaction in which rows of the next version are added, all or none.

        The version comes to be only if there are any.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            version, before = self._newest() + 1, self._connection.total_changes
            yield version
            if self._connection.total_changes > before:
                self._connection.execute(_ADD_VERSION, (version, time.time()))
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _revision(entry: Entry, version: int) -> _Row:
    return (
        entry.name,
        entry.instruction,
        entry.topic,
        entry.status,
        entry.reason,
        _PROVENANCES.dump_json(entry.provenance, exclude_defaults=True).decode(),
        version,
    )


def _entry(row: _Row) -> Entry:
    name, instruction, topic, status, reason, provenance, version = row
    return Entry(
        name=name,
        instruction=instruction,
        topic=topic,
        status=status,
        reason=reason,
        provenance=_PROVENANCES.validate_json(provenance),
        version=version,
    )


def _row(use: Use, version: int) -> _Row:
    return (
        version,
        use.run,
        use.problem,
        use.name,
        use.shown,
        use.all_held,
        use.cited,
        use.correct,
        use.input_tokens,
        use.output_tokens,
        use.wording,
    )


def _use(row: _Row) -> Use:
    run, problem, name, shown, all_held, cited, correct, input_tokens, output_tokens, wording = row
    return Use(
        run=run,
        problem=problem,
        name=name,
        shown=shown,
        all_held=all_held,
        cited=cited,
        correct=correct,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        wording=wording,
    )
