"""Finds the texts that share words with another: an inverted index, ranked by bm25.

It consists of plain arrays, so that processes can share it in a file.
"""

import asyncio
import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redraft.memory.cache import FEW, kept
from redraft.memory.mapped import Arrays
from redraft.memory.stemming import Stemmer, words

_MOST_WORDS = 64
# Only so many words of a long text are looked up.
_MOST_READ = 256
# A word that more texts have tells nothing apart, and each text that has it costs time.
_COMMON_COUNT, _COMMON_SHARE = 100, 1 / 8
# The usual constants of bm25: how soon a repeated word counts no more, and a long text less.
_REPEATED, _LONG = 1.2, 0.75
# A word of more than half of the texts counts for next to nothing, not for less.
_LEAST = 1e-6


class Hit(NamedTuple):
    """The place of a text, from 0, and its bm25 score: over 0, and higher is better."""

    place: int
    score: float


@dataclass(frozen=True, eq=False)
class Lexicon:
    """An index over `size` texts that never changes: bm25 of stems (Porter's, for English).

    Other languages are found by whole words; one that is written without spaces hardly at all.
    `stems` (v,) are hashes of the stems that occur, sorted. The texts that hold stem i are
    `places[starts[i] : starts[i + 1]]`, and `weights` says how much it is worth in each; of those
    that are too common there are none. Made by `Lexicon.of` or `open_lexicon`.
    """

    size: int
    stems: NDArray[np.uint64]
    starts: NDArray[np.int64]
    places: NDArray[np.int32]
    weights: NDArray[np.float32]
    stemmer: Stemmer = field(default_factory=Stemmer)

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Lexicon":
        """Index `texts`; 100,000 of 30 words take two seconds."""
        return _from(_indexed(texts))

    def search(self, text: str, most: int) -> list[Hit]:
        """At most `most` texts that share a word with `text`, the best first, ties by place.

        The first 64 distinct stems of `text` count, out of its first 256 words, without those
        that more than 100 texts and more than an eighth of them have (limits: ours).
        """
        scores = self.scores(text)
        least = np.partition(scores, -most)[-most] if most < self.size else 0.0
        found = np.flatnonzero((scores >= least) & (scores > 0))
        best = found[np.argsort(-scores[found], kind="stable")][:most]
        return [Hit(*hit) for hit in zip(best.tolist(), scores[best].tolist(), strict=True)]

    def scores(self, text: str) -> NDArray[np.float64]:
        """What each text is worth to a search for `text`, (size,); see `search`."""
        distinct = list(dict.fromkeys(words(text)))[:_MOST_READ]
        hashes = _hashes(list(dict.fromkeys(self.stemmer(distinct))))
        there = np.searchsorted(self.stems, hashes)
        asked: list[slice] = []
        for stem, place in zip(hashes, there.tolist(), strict=True):
            known = place < len(self.stems) and self.stems[place] == stem
            start, stop = self.starts[place : place + 2].tolist() if known else (0, 0)
            if known and start == stop:  # too common
                continue
            asked.append(slice(start, stop))
            if len(asked) == _MOST_WORDS:
                break
        places = np.concatenate([self.places[:0], *(self.places[part] for part in asked)])
        weights = np.concatenate([self.weights[:0], *(self.weights[part] for part in asked)])
        # Already so, but its type says otherwise.
        return np.bincount(places, weights, self.size).astype(np.float64, copy=False)

    def strength(self, hits: Sequence[Hit]) -> float:
        """How much a search has found, in [0, 1]: 1 if the best hit is worth a rare word (ours).

        `log(1 + size)` is about what bm25 gives for a word that only one text has.
        """
        return min(1.0, hits[0].score / math.log1p(self.size)) if hits else 0.0


async def open_lexicon(
    texts: Sequence[str], cache: Path | None, kind: str, *, digest: bytes | None = None
) -> Lexicon:
    """A lexicon of `texts`; with a folder `cache`, out of a file there that processes share.

    There is one file for each `kind`, which holds the texts that were opened last. Fewer than
    1,000 texts are indexed anew. `digest` is what `digest_of` says of `texts`, where that is known:
    they are then read only if the file holds others.
    """
    if cache is None or len(texts) < FEW:
        return await asyncio.to_thread(Lexicon.of, texts)

    async def make(_: Arrays | None) -> Arrays:
        return await asyncio.to_thread(_indexed, texts)

    if digest is None:
        digest = await asyncio.to_thread(digest_of, texts)
    return _from(await kept(cache / f"{kind}.words", f"words-1 {digest.hex()}", make=make))


def _from(arrays: Arrays) -> Lexicon:
    size, stems, starts, places, weights = (
        arrays[name] for name in ("size", "stems", "starts", "places", "weights")
    )
    return Lexicon(int(size[0]), stems, starts, places, weights)


def _indexed(texts: Sequence[str]) -> Arrays:
    numbers: dict[str, int] = {}
    found, lengths = array("q"), array("q")
    for text in texts:
        split = words(text)
        found.extend(numbers.setdefault(word, len(numbers)) for word in split)
        lengths.append(len(split))
    hashes = _hashes(Stemmer()(list(numbers)))
    stems, stem_of = np.unique(hashes, return_inverse=True)
    # One number for each pair of a stem and a text, so that sorting brings equal ones together.
    size, count = max(1, len(texts)), np.frombuffer(lengths, np.int64)
    pairs = stem_of[np.frombuffer(found, np.int64)] * size + np.repeat(np.arange(len(count)), count)
    pairs, times = np.unique(pairs, return_counts=True)
    stem, place = np.divmod(pairs, size)
    holders = np.bincount(stem, minlength=len(stems))
    rare = holders <= max(_COMMON_COUNT, int(_COMMON_SHARE * len(texts)))
    asked = rare[stem]
    stem, place, times = stem[asked], place[asked], times[asked]
    worth = np.maximum(np.log((len(texts) - holders + 0.5) / (holders + 0.5)), _LEAST)
    damping = _REPEATED * (1 - _LONG + _LONG * count[place] * size / max(1, count.sum()))
    return {
        "size": np.array([len(texts)]),
        "stems": stems,
        "starts": np.concatenate(([0], np.cumsum(np.where(rare, holders, 0)))),
        "places": place.astype(np.int32),
        "weights": (worth[stem] * times * (_REPEATED + 1) / (times + damping)).astype(np.float32),
    }


def _hashes(stems: Sequence[str]) -> NDArray[np.uint64]:
    digests = [blake2b(stem.encode(), digest_size=8).digest() for stem in stems]
    return np.frombuffer(b"".join(digests), np.uint64)


def digest_of(texts: Iterable[str]) -> bytes:
    """16 bytes that tell `texts` from others."""
    state = blake2b(digest_size=16)
    for text in texts:
        encoded = text.encode(errors="backslashreplace")
        state.update(len(encoded).to_bytes(8, "little") + encoded)
    return state.digest()
