"""Ranks behaviors: rankings made one, evidence weighed in, no two of them alike.

A behavior is known here by its place in the snapshot's list.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from redraft.memory.embedding import LENGTH
from redraft.memory.entry import Use

_DAMPING = 60
_ALIKE = 0.9

Tally = Counter[tuple[str, bool, bool]]
"""How many uses there were of (name, shown, correct)."""


def tally(uses: Iterable[Use]) -> Tally:
    """Count `uses`, without those of problems for which every behavior was held back.

    Such a problem measures the whole handbook, and says nothing about one behavior.
    """
    return Counter((use.name, use.shown, use.correct) for use in uses if not use.all_held)


def fuse(rankings: Iterable[tuple[float, Sequence[int]]], most: int) -> list[int]:
    """The best `most` places of several rankings, each with its weight; ties by place.

    Reciprocal rank fusion with k = 60 (Cormack, Clarke and Büttcher, SIGIR 2009); weights: ours.
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for weight, places in rankings:
        for rank, place in enumerate(places, start=1):
            scores[place] += weight / (_DAMPING + rank)
    return sorted(scores, key=lambda place: (-scores[place], place))[:most]


def sampled_lift(counts: Tally, name: str, salt: str) -> float:
    """A lift in accuracy, in (-1, 1), that `name` may have for all that is known (ours).

    It is the accuracy when shown minus that when held back, each drawn from its posterior
    Beta(1 + right, 1 + wrong). Without uses it is 0 on average. `salt` and `name` decide the
    draw, and no other behavior does.
    """
    random = Random(f"{salt}\x1f{name}")
    shown, held = (
        random.betavariate(1 + counts[name, group, True], 1 + counts[name, group, False])
        for group in (True, False)
    )
    return shown - held


def weighed(ranked: Sequence[int], lifts: Mapping[int, float]) -> list[int]:
    """Reorder `ranked`, the most relevant first, by exp(lift) / rank.

    1 / rank and not the flat 1 / (60 + rank) of `fuse`: a newcomer's draw spreads by 0.4, and
    would shuffle the list. Lifts in (-1, 1) never put a place before one of a rank e**2 = 7.4
    times better (ours).
    """
    scores = {place: math.exp(lifts[place]) / rank for rank, place in enumerate(ranked, start=1)}
    return sorted(ranked, key=lambda place: -scores[place])


def diverse(ranked: Sequence[int], rows: NDArray[np.int16], most: int) -> list[int]:
    """The first `most` of `ranked`, without those that say nearly what an earlier one says.

    Two say nearly the same from a cosine of 0.9 of their rows on (ours). `rows` are those of
    `Vectors`.
    """
    chosen: list[int] = []
    for place in ranked:
        if len(chosen) == most:
            break
        row = rows[place].astype(np.float32)
        if not chosen or np.max(rows[chosen].astype(np.float32) @ row) < _ALIKE * LENGTH**2:
            chosen.append(place)
    return chosen
