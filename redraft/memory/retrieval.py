"""Ranks behaviors: rankings made one, evidence weighed in, no two of them alike.

A behavior is known here by its place in the snapshot's list.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from redraft.memory.embedding import LENGTH
from redraft.memory.entry import Entry, Use
from redraft.memory.uses import current

_DAMPING = 60
_ALIKE = 0.9
_FIRST, _MORE = 64, 16

Counts = NDArray[np.int32]
"""How often each of n was shown and the answer right, shown and wrong, held back and right, held
back and wrong: (n, 4)."""


def tally(entries: Sequence[Entry], uses: Sequence[Use]) -> Counts:
    """Count those of `uses` that tell about what `entries` say.

    Those of problems for which every behavior was held back are left out: such a problem measures
    the whole handbook, and says nothing about one behavior.
    """
    places = {entry.name: place for place, entry in enumerate(entries)}
    cells = [
        4 * places[use.name] + 2 * (not use.shown) + (not use.correct)
        for use in current(entries, uses)
        if not use.all_held
    ]
    counts = np.bincount(np.array(cells, np.int64), minlength=4 * len(entries))
    return counts.reshape(-1, 4).astype(np.int32)


def fuse(rankings: Iterable[tuple[float, Sequence[int]]], most: int) -> list[int]:
    """The best `most` places of several rankings, each with its weight; ties by place.

    Reciprocal rank fusion with k = 60 (Cormack, Clarke and Büttcher, SIGIR 2009); weights: ours.
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for weight, places in rankings:
        for rank, place in enumerate(places, start=1):
            scores[place] += weight / (_DAMPING + rank)
    return sorted(scores, key=lambda place: (-scores[place], place))[:most]


def sampled_lifts(counts: Counts, salt: str) -> NDArray[np.float64]:
    """For each of n a lift in accuracy, in (-1, 1), that it may have for all that is known (ours).

    It is the accuracy when shown minus that when held back, each drawn from its posterior
    Beta(1 + right, 1 + wrong). Without uses it is 0 on average. `salt` and `counts` decide the
    draws, in every process: (n,).
    """
    seed = np.frombuffer(blake2b(salt.encode(errors="backslashreplace")).digest(), np.uint32)
    # A generator of numpy's may draw other numbers in its next release; this one is frozen.
    random = np.random.RandomState(seed)
    rates = random.random_sample((len(counts), 2))
    used = np.flatnonzero(counts.any(axis=1))
    # Without uses both are uniform, which is drawn twenty times faster.
    rates[used] = random.beta(1 + counts[used, 0::2], 1 + counts[used, 1::2])
    return rates[:, 0] - rates[:, 1]


def weighed(ranked: Sequence[int], lifts: Sequence[float]) -> list[int]:
    """Reorder `ranked`, the most relevant first, by exp(lift) / rank; `lifts` in the same order.

    1 / rank and not the flat 1 / (60 + rank) of `fuse`: a newcomer's draw spreads by 0.4, and
    would shuffle the list. Lifts in (-1, 1) never put a place before one of a rank e**2 = 7.4
    times better (ours).
    """
    scores = [math.exp(lift) / rank for rank, lift in enumerate(lifts, start=1)]
    order = sorted(range(len(ranked)), key=lambda rank: -scores[rank])
    return [ranked[rank] for rank in order]


def highest(lifts: NDArray[np.float64]) -> Iterator[int]:
    """The places of `lifts`, the highest first, ties by place; sorted only as far as is asked."""
    done, most = 0, _FIRST
    while done < len(lifts):
        least = np.partition(lifts, -most)[-most] if most < len(lifts) else -np.inf
        found = np.flatnonzero(lifts >= least)
        yield from found[np.argsort(-lifts[found], kind="stable")][done:].tolist()
        done, most = len(found), most * _MORE


def diverse(ranked: Iterable[int], rows: NDArray[np.int16], most: int) -> list[int]:
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
