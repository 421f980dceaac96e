"""Vectors of texts: embedded once, and kept for the next process."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redraft.core import Embedder
from redraft.memory.cache import kept, save
from redraft.memory.embedding import table
from redraft.memory.index import Vectors, other_length, planes_of
from redraft.memory.mapped import Arrays

_KEY = 16
_BATCH = 4_096
# Seconds of embedding that a process that is killed may lose.
_UNSAVED = 30.0


async def open_vectors(
    texts: Sequence[str],
    embedder: Embedder,
    cache: Path | None,
    kind: str,
    *,
    keys: bytes | None = None,
) -> Vectors:
    """The vectors of `texts`, one row each; raises the embedder's errors.

    With a folder `cache` they come out of a file there, one for each `kind` and embedder's name.
    Only texts that it does not know are embedded, by one process at a time, and all processes
    share one copy in memory. What was embedded before an error is kept. `keys` is what `keys_of`
    says of `texts`, where that is known: they are then read only if the file lacks some.
    """
    if not texts:  # most endpoints refuse an empty list
        return Vectors.of(np.zeros((0, 0), np.int16))
    wanted = await asyncio.to_thread(keys_of, texts) if keys is None else keys
    if cache is None:
        return _first(len(texts), await _Pool(None).filled(wanted, texts, embedder, _nowhere))
    path = cache / f"{kind}-{_key(embedder.name).hex()[:12]}.vectors"
    tag = f"vectors-1 {embedder.name}"

    async def make(found: Arrays | None) -> Arrays:
        return await _Pool(found).filled(wanted, texts, embedder, partial(save, path, tag))

    def fits(found: Arrays) -> bool:
        return found["keys"][: len(texts)].tobytes() == wanted

    return _first(len(texts), await kept(path, tag, make=make, fits=fits))


class _Pool:
    """Vectors by the keys of their texts; begins with those of a file."""

    def __init__(self, found: Arrays | None) -> None:
        self._places: dict[bytes, int] = {}
        self._blocks: list[NDArray[np.int16]] = []
        self._count = 0
        if found is not None:
            self._add(_cut(found["keys"].tobytes()), found["rows"])

    async def filled(
        self,
        wanted: bytes,
        texts: Sequence[str],
        embedder: Embedder,
        keep: Callable[[Arrays], None],
    ) -> Arrays:
        """The arrays of `texts`, and then of what else is here; `keep` gets what came so far.

        `wanted` are the keys of `texts`.
        """
        keys = _cut(wanted)
        named = dict(zip(keys, texts, strict=True))
        missing = [key for key in named if key not in self._places]
        kept_at = time.monotonic()
        try:
            for start in range(0, len(missing), _BATCH):
                batch = missing[start : start + _BATCH]
                rows = table(await embedder([named[key] for key in batch]))
                self._add(batch, rows.astype(np.int16))
                if time.monotonic() > kept_at + _UNSAVED:
                    await asyncio.to_thread(lambda: keep(self._arrays(())))
                    kept_at = time.monotonic()
        except BaseException:
            if self._blocks:
                keep(self._arrays(()))
            raise
        return await asyncio.to_thread(self._arrays, keys)

    def _add(self, keys: Sequence[bytes], rows: NDArray[np.int16]) -> None:
        if self._blocks and rows.shape[1] != self._blocks[0].shape[1]:
            raise other_length(rows.shape[1], self._blocks[0].shape[1])
        self._places.update(zip(keys, range(self._count, self._count + len(keys)), strict=True))
        self._blocks.append(rows)
        self._count += len(rows)

    def _arrays(self, first: Sequence[bytes]) -> Arrays:
        """The arrays of `first`, in their order, and of all other keys."""
        others = self._places.keys() - set(first)
        # Sorted: the same texts make the same file.
        keys = [*first, *sorted(others)]
        rows = np.concatenate(self._blocks)[[self._places[key] for key in keys]]
        return {
            "codes": Vectors.of(rows).codes,
            "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(-1, _KEY),
            "rows": rows,
        }


def _first(count: int, arrays: Arrays) -> Vectors:
    rows: NDArray[np.int16] = arrays["rows"][:count]
    codes: NDArray[np.uint64] = arrays["codes"][:, :count]
    return Vectors(rows, codes, planes_of(rows.shape[1]))


def _nowhere(_: Arrays) -> None:
    pass


def keys_of(texts: Iterable[str]) -> bytes:
    """16 bytes for each of `texts`, in their order: equal ones for equal texts alone."""
    return b"".join(map(_key, texts))


def _cut(keys: bytes) -> list[bytes]:
    return [keys[start : start + _KEY] for start in range(0, len(keys), _KEY)]


def _key(text: str) -> bytes:
    return blake2b(text.encode(errors="backslashreplace"), digest_size=_KEY).digest()
