"""What is searched: points around centres, and behaviors about themes, made from a seed."""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redraft.core import Problem
from redraft.memory.embedding import table
from redraft.memory.entry import Entry

LENGTH = 384
SPREAD = 1.5
"""How far points lie from their centre: the cosine of two of one centre is about 0.3."""

MOST = 10
_BLOCK = 20_000
_PER_THEME = 100
_VOCABULARY = 30_000


def write_vectors(folder: Path, size: int, asked: int) -> None:
    """Write `rows.npy` (size, 384), `asked.npy` (asked, 384) and the true answers.

    A point is one of size / 100 centres plus 1.5 times as much noise; what is asked is made in
    the same way and not in the table. `true.npy` (asked, 10) are the nearest by brute force.
    """
    generator = np.random.default_rng(size)
    centres = generator.standard_normal((max(8, size // _PER_THEME), LENGTH), dtype=np.float32)

    def points(count: int) -> NDArray[np.float32]:
        chosen = centres[generator.integers(0, len(centres), count)]
        return table(chosen + SPREAD * generator.standard_normal(chosen.shape, dtype=np.float32))

    rows = np.lib.format.open_memmap(
        folder / "rows.npy", mode="w+", dtype=np.float32, shape=(size, LENGTH)
    )
    for start in range(0, size, _BLOCK):
        rows[start : start + _BLOCK] = points(len(rows[start : start + _BLOCK]))
    rows.flush()
    vectors = points(asked)
    np.save(folder / "asked.npy", vectors)
    np.save(folder / "true.npy", nearest(rows, vectors, MOST))


def nearest(
    rows: NDArray[np.float32] | NDArray[np.int16], vectors: NDArray[np.float32], most: int
) -> NDArray[np.intp]:
    """The places of the `most` rows nearest to each of `vectors`, by brute force, in blocks."""
    best = np.zeros((len(vectors), 0), np.float32)
    places = np.zeros((len(vectors), 0), np.intp)
    for start in range(0, len(rows), _BLOCK):
        products = vectors @ rows[start : start + _BLOCK].astype(np.float32).T
        here = np.broadcast_to(np.arange(start, start + products.shape[1]), products.shape)
        best, places = np.hstack((best, products)), np.hstack((places, here))
        order = np.argsort(-best, axis=1, kind="stable")[:, :most]
        best, places = (np.take_along_axis(each, order, 1) for each in (best, places))
    return places


class Texts:
    """Behaviors and problems in made-up words: a theme's own, and words of all themes (Zipf)."""

    def __init__(self, size: int) -> None:
        self._random = random.Random(size)
        self._words = [self._word() for _ in range(_VOCABULARY)]
        self._shares = list(accumulate(1 / (rank + 3) for rank in range(_VOCABULARY)))
        themes = max(8, size // _PER_THEME)
        self._themes = [self._random.sample(self._words, 20) for _ in range(themes)]

    def entries(self, size: int) -> Iterator[Entry]:
        """`size` behaviors of 30 words, a hundred for each theme; a topic has ten themes."""
        for number in range(size):
            theme = number % len(self._themes)
            yield Entry(
                name=f"behavior_{number:07}",
                instruction=self._text(theme, 12, 18),
                topic=f"topic {theme // 10}",
                status="active",
                reason="made up",
            )

    def problems(self, count: int) -> Sequence[Problem]:
        """`count` problems of 60 words, each about a theme and of its topic."""
        chosen = [self._random.randrange(len(self._themes)) for _ in range(count)]
        return [
            Problem(
                id=str(number),
                prompt=self._text(theme, 20, 40),
                meta={"topic": f"topic {theme // 10}"},
            )
            for number, theme in enumerate(chosen)
        ]

    def _text(self, theme: int, own: int, others: int) -> str:
        found = self._random.choices(self._themes[theme], k=own)
        found += self._random.choices(self._words, cum_weights=self._shares, k=others)
        self._random.shuffle(found)
        return " ".join(found)

    def _word(self) -> str:
        parts = range(self._random.randint(1, 4))
        return "".join(
            self._random.choice("bcdfglmnprst") + self._random.choice("aeiou") for _ in parts
        )
