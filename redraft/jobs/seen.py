"""Remembers which texts were seen, in about 25 bytes each, so that a million ids stay small."""

import hashlib
from array import array


class Seen:
    """Maps texts to positive integers by their 64-bit hash; texts themselves are not kept.

    An open-addressing table over two arrays, at most two thirds full. Among a million texts, the
    odds that any two share a hash are one in 37 million.
    """

    def __init__(self) -> None:
        self._digests = array("Q", bytes(8 * 1024))
        self._values = array("Q", bytes(8 * 1024))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, text: str) -> int | None:
        """The integer kept for `text`, or `None`."""
        slot = self._slot(_digest(text))
        return self._values[slot] if self._digests[slot] else None

    def add(self, text: str, value: int = 1) -> None:
        """Keep `value` for `text`; replaces what was kept."""
        self._put(_digest(text), value)
        if 3 * self._count > 2 * len(self._digests):
            self._grow()

    def _put(self, digest: int, value: int) -> None:
        slot = self._slot(digest)
        self._count += not self._digests[slot]
        self._digests[slot] = digest
        self._values[slot] = value

    def _slot(self, digest: int) -> int:
        mask = len(self._digests) - 1
        slot = digest & mask
        while self._digests[slot] not in (0, digest):
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        digests, values = self._digests, self._values
        size = 16 * len(digests)
        self._digests, self._values = array("Q", bytes(size)), array("Q", bytes(size))
        self._count = 0
        for digest, value in zip(digests, values, strict=True):
            if digest:
                self._put(digest, value)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") or 1
