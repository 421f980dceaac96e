"""The nearest of many vectors, which may lie in a file that processes share.

A search compares short codes first, and then as many vectors as leave little out.
"""

from dataclasses import dataclass
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

from redraft.core import InputError

SURE = 4_096
"""Of so many vectors, all are compared."""

_SHARE = 100
_TIMES = 32
_BITS = 512
# Small enough for a processor's cache.
_BLOCK = 8_192


@dataclass(frozen=True, eq=False)
class Vectors:
    """The rows of a `table`, (n, d), a code of 512 bits for each, (8, n), and `planes_of(d)`.

    A bit of a code says on which side of a plane the vector lies: alike vectors have alike codes
    (random hyperplanes; Charikar, STOC 2002). The planes come from a Hadamard matrix with random
    signs: they are spread more evenly than independent ones, and miss less (ours). A code is
    computed in whole numbers, and so is the same everywhere.
    """

    rows: NDArray[np.int16]
    codes: NDArray[np.uint64]
    planes: NDArray[np.int16]

    @classmethod
    def of(cls, rows: NDArray[np.int16]) -> "Vectors":
        """`rows` with their codes; 100,000 of 384 numbers take half a second."""
        planes = planes_of(rows.shape[1])
        normals = planes.T.astype(np.float32)
        codes = np.empty((_BITS // 64, len(rows)), np.uint64)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK].astype(np.float32)
            # Whole numbers, at most sqrt(d) * 4,000: up to 2**24, float32 is exact.
            codes[:, start : start + _BLOCK] = _packed(block @ normals).T
        return cls(rows, codes, planes)

    def nearest(self, vector: NDArray[np.float32], most: int) -> list[int]:
        """The places of at most `most` rows by their cosine with `vector`, ties by place.

        `vector` (d,) comes from `table`. A row at a right angle or beyond has nothing in common
        with it, and is left out.

        Of up to 4,096 rows, or 32 * `most`, the answer is exact. Of more, only so many rows are
        compared with `vector`, or a hundredth of all if that is more: those whose codes differ
        from its code in the fewest bits. So a near row may be missed, where many others are as
        near; `benchmarks/retrieval.py` says how often. The answer depends on the rows and
        `vector` alone: it is the same in every process, whatever was indexed before.

        Raises `InputError` if `vector` has another length than the rows.
        """
        if not len(self.rows):
            return []
        if len(vector) != self.rows.shape[1]:
            raise other_length(len(vector), self.rows.shape[1])
        places = self._candidates(vector, max(SURE, len(self.rows) // _SHARE, _TIMES * most))
        products = np.concatenate(
            [
                # In blocks, so that no copy of the whole table comes to be.
                _products(np.take(self.rows, places[start : start + _BLOCK], axis=0), vector)
                for start in range(0, len(places), _BLOCK)
            ]
        )
        floor = np.partition(products, -most)[-most] if most < len(products) else 0
        near = np.flatnonzero((products >= floor) & (products > 0))
        best = near[np.argsort(-products[near], kind="stable")]
        return places[best[:most]].tolist()

    def _candidates(self, vector: NDArray[np.float32], most: int) -> NDArray[np.intp]:
        """The places of the `most` rows whose codes are most like that of `vector`, in order."""
        if most >= len(self.rows):
            return np.arange(len(self.rows))
        code = _packed(_products(self.planes, vector)[None]).T
        distances = np.empty(len(self.rows), np.uint16)
        for start in range(0, len(distances), _BLOCK):
            differing = np.bitwise_count(self.codes[:, start : start + _BLOCK] ^ code)
            np.sum(differing, axis=0, dtype=np.uint16, out=distances[start : start + _BLOCK])
        limit = np.partition(distances, most - 1)[most - 1]
        near = distances < limit
        near[np.flatnonzero(distances == limit)[: most - np.count_nonzero(near)]] = True
        return np.flatnonzero(near)


def _packed(products: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Codes (n, 8) of what rows and planes multiply to (n, 512)."""
    return np.packbits(products > 0, axis=1).view(np.uint64)


def _products(rows: NDArray[np.int16], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    # Not `@`, which would have the threads of a BLAS wait for each other on busy processors.
    return np.vecdot(rows.astype(np.float32), vector)


def planes_of(length: int) -> NDArray[np.int16]:
    """A normal to each of the 512 planes, (512, `length`), of 1 and -1."""
    hadamard = np.ones((1, 1), np.int16)
    while len(hadamard) < _BITS:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    # A generator of numpy's may give other numbers in its next release.
    digest = shake_256(b"redraft planes").digest(length // 8 + 1)
    signs = 1 - 2 * np.unpackbits(np.frombuffer(digest, np.uint8), count=length).astype(np.int16)
    return hadamard[:, np.arange(length) % _BITS] * signs


def other_length(now: int, before: int) -> InputError:
    """Says that an embedder changed under its name."""
    return InputError(
        f"the embedder makes vectors of {now} numbers, and made some of {before} under the same "
        "name; name the model that was used before, or remove the handbook's cache"
    )
