"""Which entries stand near a behavior, by embedding and by name: those that it may repeat."""

import asyncio
from collections.abc import Sequence

import numpy as np

from redraft.core import Behavior, Embedder
from redraft.memory.embedding import LENGTH, HashedWords, table
from redraft.memory.entry import Entry
from redraft.memory.merging import name_words, turned


class Neighbours:
    """Finds at most `most` entries near a behavior, the nearest first; for a second opinion.

    Near are those whose instruction has a cosine of at least `least` with the behavior's, and
    those whose name has the same words. Two instructions that differ in a number or a negation
    are never near. Both thresholds are ours: they let through more than a rule may merge. Each
    instruction is embedded once, and its vector kept.
    """

    def __init__(
        self, embedder: Embedder | None = None, *, least: float = 0.5, most: int = 5
    ) -> None:
        self._embedder = HashedWords() if embedder is None else embedder
        self._least = least
        self._most = most
        self._places: dict[str, int] = {}
        self._rows = np.zeros((0, 0), np.float32)
        self._turn = asyncio.Lock()

    async def __call__(self, new: Behavior, entries: Sequence[Entry]) -> list[Entry]:
        """The entries near `new`; raises the embedder's errors."""
        await self._embed([new.instruction, *(entry.instruction for entry in entries)])
        cosines = self._rows @ self._rows[self._places[new.instruction]] / LENGTH**2
        name = name_words(new.name)
        near: list[tuple[float, Entry]] = []
        for entry in entries:
            cosine = float(cosines[self._places[entry.instruction]])
            known = cosine >= self._least or name_words(entry.name) == name
            if known and not turned(new.instruction, entry.instruction):
                near.append((cosine, entry))
        near.sort(key=lambda pair: -pair[0])
        return [entry for _, entry in near[: self._most]]

    async def _embed(self, texts: Sequence[str]) -> None:
        # Those who ask at the same time wait, so that nothing is embedded twice.
        async with self._turn:
            missing = [text for text in dict.fromkeys(texts) if text not in self._places]
            if not missing:
                return
            rows = table(await self._embedder(missing))
            self._rows = np.vstack((self._rows, rows)) if self._places else rows
            for text in missing:
                self._places[text] = len(self._places)
