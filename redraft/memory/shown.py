"""What a snapshot needs of its entries and their uses, without an object for each.

It is computed once for each version, and lies in a file that processes share.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import overload

import numpy as np
from numpy.typing import NDArray

from redraft.core import Behavior
from redraft.memory.cache import kept
from redraft.memory.entry import LIVE, Entry
from redraft.memory.lexical import digest_of
from redraft.memory.mapped import Arrays
from redraft.memory.retrieval import tally
from redraft.memory.store import Store
from redraft.memory.vectors import keys_of

# To be changed with all that decides what the arrays hold.
_FORMAT = "shown-1"
_PARTS = 3


class Texts(Sequence[str]):
    """`count` texts, each read by its place, from 0, when it is asked for."""

    def __init__(self, count: int, read: Callable[[int], str]) -> None:
        self._count = count
        self._read = read

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        places = range(self._count)[index]
        return self._read(places) if isinstance(places, int) else [*map(self._read, places)]


@dataclass(frozen=True, eq=False)
class Shown:
    """The n entries of a version that are recalled, sorted by name. Made by `open_shown`.

    `text` is the name, instruction and topic of each, in UTF-8, and `ends` (3n,) says where each
    part ends. `counts` (n, 4) are its uses; see `tally`. Hashes of topics in lower case, sorted,
    are in `topics` (t,); the entries of topic i are `places[starts[i] : starts[i + 1]]`. `keys`
    are those of the instructions (see `open_vectors`), `digest` is that of `words` (see
    `open_lexicon`).
    """

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]
    counts: NDArray[np.int32]
    topics: NDArray[np.uint64]
    starts: NDArray[np.int64]
    places: NDArray[np.int32]
    keys: NDArray[np.uint8]
    digest: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.counts)

    def name(self, place: int) -> str:
        """The name of the entry at `place`, from 0."""
        return self._part(place, 0)

    def behavior(self, place: int) -> Behavior:
        """What an actor is told of the entry at `place`, from 0."""
        return Behavior(name=self._part(place, 0), instruction=self._part(place, 1))

    @property
    def instructions(self) -> Texts:
        """What each entry instructs."""
        return Texts(len(self), lambda place: self._part(place, 1))

    @property
    def words(self) -> Texts:
        """What words are looked for in: each entry's name, instruction and topic."""
        return Texts(len(self), lambda place: _words(*(self._part(place, n) for n in range(3))))

    def of_topic(self, topic: str) -> NDArray[np.int32]:
        """The places of the entries of `topic`, whatever its case; of none there are none."""
        wanted = folded(topic)
        place = int(np.searchsorted(self.topics, _hash(wanted)))
        if not wanted or place == len(self.topics) or self.topics[place] != _hash(wanted):
            return self.places[:0]
        return self.places[self.starts[place] : self.starts[place + 1]]

    def _part(self, place: int, part: int) -> str:
        number = _PARTS * place + part
        start = self.ends[number - 1] if number else 0
        return self.text[start : self.ends[number]].tobytes().decode(errors="surrogatepass")


async def open_shown(store: Store, version: int, kind: str) -> Shown:
    """The candidates and active behaviors of `store` at `version`; raises `StoreError`.

    They come out of a file in `store.cache`, one for each `kind`, which holds the version that
    was opened last. Only where it is another one are entries and uses read, as objects, by one
    process: of 100,000 entries that takes some seconds and some hundred megabytes for that time.
    """

    async def make(_: Arrays | None) -> Arrays:
        entries = [entry for entry in await store.entries(version) if entry.status in LIVE]
        return _arrays(entries, tally(entries, await store.uses(version)))

    if store.cache is None:
        return Shown(**await make(None))
    tag = f"{_FORMAT} {await store.stamp(version)}"
    return Shown(**await kept(store.cache / f"{kind}.texts", tag, make=make))


def folded(topic: str) -> str:
    """`topic` as it is compared with others: without case, and spaces around it."""
    return topic.strip().casefold()


def _arrays(entries: Sequence[Entry], counts: NDArray[np.int32]) -> Arrays:
    parts = [part.encode(errors="surrogatepass") for part in _parts(entries)]
    hashes = np.array([_hash(folded(entry.topic)) for entry in entries], np.uint64)
    places = np.argsort(hashes, kind="stable")
    topics, starts = np.unique(hashes[places], return_index=True)
    words = [_words(entry.name, entry.instruction, entry.topic) for entry in entries]
    return {
        "text": np.frombuffer(b"".join(parts), np.uint8),
        "ends": np.cumsum([0, *map(len, parts)])[1:],
        "counts": counts,
        "topics": topics,
        "starts": np.append(starts, len(places)),
        "places": places.astype(np.int32),
        "keys": np.frombuffer(keys_of([entry.instruction for entry in entries]), np.uint8),
        "digest": np.frombuffer(digest_of(words), np.uint8),
    }


def _parts(entries: Iterable[Entry]) -> Iterable[str]:
    return (part for entry in entries for part in (entry.name, entry.instruction, entry.topic))


def _words(name: str, instruction: str, topic: str) -> str:
    return f"{name.removeprefix('behavior_')}\n{instruction}\n{topic}"


def _hash(text: str) -> np.uint64:
    digest = blake2b(text.encode(errors="backslashreplace"), digest_size=8).digest()
    return np.frombuffer(digest, np.uint64)[0]
