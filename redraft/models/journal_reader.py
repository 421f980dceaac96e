"""Reads a journal beside the run that writes it: by key, and without claiming the file."""

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from redraft.core import Reply, Request, Value
from redraft.models.journal_file import FILE_ERRORS, damaged, store_error

V = TypeVar("V", bound=Value)


class PastCalls:
    """The calls of a journal, for looking at. Made by `PastCalls.open`."""

    def __init__(self, path: Path, connection: sqlite3.Connection | None) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Generator["PastCalls"]:
        """The calls in the journal at `path`; none if there is no such file.

        Nothing is written, whoever else has the file open. Raises `StoreError`.
        """
        if not path.exists():
            yield cls(path, None)
            return
        # Without a log beside it nobody writes, and SQLite would leave an empty one behind.
        still = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{still}", uri=True)
        except FILE_ERRORS as error:
            raise store_error(path, error) from error
        with closing(connection):
            yield cls(path, connection)

    def replies(self, keys: Iterable[str]) -> dict[str, Reply]:
        """The replies under those of `keys` that are there; raises `StoreError`."""
        found = ((key, self._field(key, "reply")) for key in keys)
        return {key: self._read(Reply, text) for key, text in found if text is not None}

    def request(self, key: str) -> Request | None:
        """What was asked under `key`, without its origin; raises `StoreError`."""
        text = self._field(key, "request")
        return None if text is None else self._read(Request, text)

    def _field(self, key: str, name: str) -> str | None:
        if self._connection is None:
            return None
        try:
            rows = self._connection.execute(f"SELECT {name} FROM call WHERE key = ?", (key,))
            row = rows.fetchone()
        except FILE_ERRORS as error:
            raise store_error(self._path, error) from error
        return None if row is None else row[0]

    def _read(self, kind: type[V], text: str) -> V:
        try:
            return kind.model_validate_json(text)
        except ValidationError as error:
            raise damaged(self._path, f"a {kind.__name__.lower()} cannot be read") from error
