"""What a snapshot may show of its entries, without an object for each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redraft.core import Behavior
from redraft.memory.cache import FEW, kept
from redraft.memory.entry import Entry
from redraft.memory.mapped import Arrays


@dataclass(frozen=True, eq=False)
class Shown:
    """Names and instructions, one after the other in UTF-8, and where each ends, (2n,).

    A hundred thousand entries as objects take a hundred megabytes in each process; this can lie
    in a file that processes share. Made by `open_shown`.
    """

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends) // 2

    def name(self, place: int) -> str:
        """The name of the entry at `place`, from 0."""
        return self._part(2 * place)

    def behavior(self, place: int) -> Behavior:
        """What an actor is told of the entry at `place`, from 0."""
        return Behavior(name=self._part(2 * place), instruction=self._part(2 * place + 1))

    def _part(self, number: int) -> str:
        start = self.ends[number - 1] if number else 0
        return self.text[start : self.ends[number]].tobytes().decode(errors="surrogatepass")


async def open_shown(entries: Sequence[Entry], cache: Path | None, kind: str) -> Shown:
    """`entries`, in their order; with a folder `cache`, 1,000 and more out of a file there."""
    parts = [part.encode(errors="surrogatepass") for part in _parts(entries)]
    ends = np.cumsum([0, *map(len, parts)])[1:]
    text = b"".join(parts)
    made: Arrays = {"text": np.frombuffer(text, np.uint8), "ends": ends}

    async def make(_: Arrays | None) -> Arrays:
        return made

    if cache is not None and len(entries) >= FEW:
        digest = blake2b(text + ends.tobytes(), digest_size=16).hexdigest()
        made = await kept(cache / f"{kind}.texts", f"texts-1 {digest}", make=make)
    return Shown(made["text"], made["ends"])


def _parts(entries: Iterable[Entry]) -> Iterable[str]:
    return (part for entry in entries for part in (entry.name, entry.instruction))
