"""Vectors that one machine computed, kept in the database (pgvector) for all others."""

from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256

from psycopg import errors

from redraft.core import Embedder
from redraft.memory.postgres_link import Connection, Link
from redraft.memory.postgres_tables import CREATING

# `text` is the SHA-256 of what was embedded, so that SQL finds a behavior's vector: it is
# encode(sha256(convert_to(body->>'instruction', 'UTF8')), 'hex').
_SCHEMA = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS redraft.vectors (
    embedder text NOT NULL,
    text text NOT NULL,
    vector vector NOT NULL,
    PRIMARY KEY (embedder, text)
);
"""
_HAS_TABLE = "SELECT to_regclass('redraft.vectors') IS NOT NULL"
_KNOWN = "SELECT text, vector::real[] FROM redraft.vectors WHERE embedder = %s AND text = ANY(%s)"
_ADD = """
INSERT INTO redraft.vectors (embedder, text, vector) VALUES (%s, %s, %s::real[]::vector)
ON CONFLICT (embedder, text) DO NOTHING
"""
# Of a server without pgvector, and of a role that may not add it.
_WITHOUT = (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege)


class Remembering:
    """Implements `Embedder`: asks `embedder` for what the database at `link` does not hold.

    Where the database has no pgvector and cannot be given it, it asks for everything.
    """

    def __init__(self, link: Link, embedder: Embedder) -> None:
        self._link = link
        self._embedder = embedder

    @property
    def name(self) -> str:
        """That of `embedder`: the vectors are its own."""
        return self._embedder.name

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each text; raises `ModelError` and `StoreError`."""
        keys = [sha256(text.encode(errors="backslashreplace")).hexdigest() for text in texts]
        known = await self._link.call(partial(_known, self.name, keys))
        if known is None:
            return await self._embedder(texts)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:  # most endpoints refuse an empty list
            vectors = await self._embedder(list(missing.values()))
            made = dict(zip(missing, vectors, strict=True))
            await self._link.call(partial(_add, self.name, made))
            known = {**known, **made}
        return [known[key] for key in keys]


async def _known(
    embedder: str, keys: Sequence[str], connection: Connection
) -> Mapping[str, Sequence[float]] | None:
    """The vectors that the database holds; `None` where it can hold none."""
    row = await (await connection.execute(_HAS_TABLE)).fetchone()
    if row != (True,) and not await _made(connection):
        return None
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(_KNOWN, (embedder, list(keys)))
        return dict(await cursor.fetchall())


async def _made(connection: Connection) -> bool:
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
            await connection.execute(_SCHEMA)
    except _WITHOUT:
        return False
    return True


async def _add(
    embedder: str, vectors: Mapping[str, Sequence[float]], connection: Connection
) -> None:
    rows = [(embedder, key, [float(one) for one in vector]) for key, vector in vectors.items()]
    # Sorted: two who add the same ones in different orders would wait for each other.
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.executemany(_ADD, sorted(rows))
