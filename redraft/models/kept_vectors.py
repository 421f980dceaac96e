"""An embedder whose vectors stay in a file, so that a run asks on as it did before a restart."""

import asyncio
import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Self

from redraft.core import Embedder, StoreError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vector (
    embedder TEXT NOT NULL,
    text BLOB NOT NULL,
    numbers BLOB NOT NULL,
    PRIMARY KEY (embedder, text)
) WITHOUT ROWID
"""
_INSERT = "INSERT OR IGNORE INTO vector VALUES (?, ?, ?)"
_SELECT = "SELECT numbers FROM vector WHERE embedder = ? AND text = ?"


class KeptVectors:
    """`inner`, asked about each text once; its vectors stay in the file at `path`, in float32.

    An embedder on a GPU or among other requests may round otherwise the second time, which could
    turn what is recalled round. The file is made with the first vector; `with` closes it. Calls
    raise `StoreError` where it cannot be read or written.
    """

    def __init__(self, inner: Embedder, path: Path) -> None:
        self._inner = inner
        self._path = path
        self._file: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vectors")

    @property
    def name(self) -> str:
        """The inner embedder's name."""
        return self._inner.name

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Vectors for `texts`; the first that came for a text is its vector for good."""
        keys = [_key(text) for text in texts]
        named = dict(zip(keys, texts, strict=True))
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._thread, self._read, named)
        missing = [key for key in named if key not in found]
        if missing:
            vectors = await self._inner([named[key] for key in missing])
            new = {
                key: array("f", vector).tobytes()
                for key, vector in zip(missing, vectors, strict=True)
            }
            found |= await loop.run_in_executor(self._thread, self._keep, new)
        return [array("f", found[key]) for key in keys]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        try:
            return self._found(self._opened(), keys)
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _keep(self, new: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
        try:
            file = self._opened()
            with file:
                file.executemany(
                    _INSERT, [(self.name, key, numbers) for key, numbers in new.items()]
                )
            # Another call may have been first with the same text.
            return self._found(file, new)
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _found(self, file: sqlite3.Connection, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        rows = ((key, file.execute(_SELECT, (self.name, key)).fetchone()) for key in keys)
        return {key: row[0] for key, row in rows if row is not None}

    def _opened(self) -> sqlite3.Connection:
        if self._file is None:
            file = sqlite3.connect(self._path, timeout=30)
            try:
                file.execute("PRAGMA journal_mode=WAL").fetchall()
                file.execute("PRAGMA synchronous=NORMAL")
                file.execute(_SCHEMA)
            except sqlite3.Error:
                file.close()
                raise
            self._file = file
        return self._file

    def _trouble(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"{self._path}: cannot be read or written ({error}); free space or fix permissions; if "
            "the file is damaged, remove it to have its texts embedded again"
        )


def _key(text: str) -> bytes:
    return blake2b(text.encode(errors="backslashreplace"), digest_size=16).digest()
