"""A handbook as it stood at one version: the memory that a run reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from redraft.core import Behavior, Embedder, Example, ExampleQuery, Problem, Query
from redraft.memory.embedding import HashedWords, table
from redraft.memory.entry import Entry, topic_of
from redraft.memory.examples import Shelf
from redraft.memory.index import Vectors
from redraft.memory.lexical import Hit, Lexicon, open_lexicon
from redraft.memory.retrieval import Tally, diverse, fuse, sampled_lift, tally, weighed
from redraft.memory.shown import Shown, open_shown
from redraft.memory.store import Store
from redraft.memory.uses import current
from redraft.memory.vectors import open_vectors

Relevance = Literal["topic", "lexical", "embedding", "hybrid"]

_RECALLED = ("candidate", "active")
_KIND = "behaviors"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Implements `Memory`: what it holds is read once, and never changes. See `open_snapshot`.

    `shown` are the entries that are recalled; `topics` maps a topic in lower case to the places of
    its entries; `vectors` are those of what each entry instructs.
    """

    version: str
    shown: Shown
    topics: Mapping[str, NDArray[np.int64]]
    counts: Tally
    lexicon: Lexicon
    vectors: Vectors
    embedder: Embedder
    shelf: Shelf

    async def recall(self, problem: Problem, query: Query) -> tuple[Behavior, ...]:
        """At most `query.most` behaviors, the most useful first; raises the embedder's errors.

        Of the most relevant, 4 * `query.most` and at least 20, each is weighed by a lift drawn
        from what is known of it (Thompson sampling; see `sampled_lift` and `weighed`). So a
        newcomer is tried as often as its uses leave open that it is good, and no constant is to
        be tuned; an upper confidence bound would try every newcomer before anything proven. The
        draw depends on `query.seed`, the problem, the version, the entry's name and its uses alone.

        Relevance by topic: entries of the problem's topic (`meta`: topic, else subject, else
        type; none: nothing), ordered by words, those that share none by chance. Lexical: bm25 of
        name, instruction and topic. Embedding: cosine of the instruction. Hybrid: both, by
        reciprocal rank, the lexical one weighted by how much it found. Worth: no relevance, all
        entries by their drawn lifts.
        """
        if not len(self.shown):
            return ()
        # Short enough for the event loop: a thread would cost more than it frees.
        salt = f"{query.seed}\x1f{problem.key}\x1f{self.version}"
        if query.by == "worth":
            lifts = self._lifts(range(len(self.shown)), salt)
            ranked = sorted(lifts, key=lambda place: -lifts[place])
        else:
            pool = min(len(self.shown), max(20, 4 * query.most))
            relevant = await self._relevant(problem, query.by, salt, pool)
            ranked = weighed(relevant, self._lifts(relevant, salt))
        chosen = diverse(ranked, self.vectors.rows, query.most)
        return tuple(self.shown.behavior(place) for place in chosen)

    async def examples(self, problem: Problem, query: ExampleQuery) -> tuple[Example, ...]:
        """Solved problems or mistakes like `problem`; see `Shelf.find`."""
        return await self.shelf.find(problem, query)

    async def skills(self) -> tuple[str, ...]:
        """Every skill that an example is labelled with, sorted."""
        return self.shelf.skills

    def _lifts(self, places: Iterable[int], salt: str) -> dict[int, float]:
        return {place: sampled_lift(self.counts, self.shown.name(place), salt) for place in places}

    async def _relevant(self, problem: Problem, by: Relevance, salt: str, pool: int) -> list[int]:
        match by:
            case "topic":
                return self._of_topic(problem, salt, pool)
            case "lexical":
                return [hit.place for hit in self._hits(problem, pool)]
            case "embedding":
                return await self._nearest(problem, pool)
            case "hybrid":
                hits = self._hits(problem, pool)
                lexical = self.lexicon.strength(hits), [hit.place for hit in hits]
                return fuse([lexical, (1.0, await self._nearest(problem, pool))], pool)

    def _of_topic(self, problem: Problem, salt: str, pool: int) -> list[int]:
        places = self.topics.get(_topic(problem), np.zeros(0, np.int64))
        scores = self.lexicon.scores(problem.text)[places]
        ranked: list[int] = places[np.argsort(-scores, kind="stable")].tolist()
        count = np.count_nonzero(scores)
        if count < pool:
            # By name, the last of a large topic would never be tried.
            rest = sorted(ranked[count:], key=lambda place: _lot(salt, self.shown.name(place)))
            ranked[count:] = rest
        return ranked[:pool]

    def _hits(self, problem: Problem, most: int) -> list[Hit]:
        return self.lexicon.search(f"{_topic(problem)}\n{problem.text}", most)

    async def _nearest(self, problem: Problem, pool: int) -> list[int]:
        return self.vectors.nearest(table(await self.embedder([problem.text]))[0], pool)


async def open_snapshot(
    store: Store, *, version: int | None = None, embedder: Embedder | None = None
) -> Snapshot:
    """Read `store` as it stood at `version` (the newest), once, and index what is recalled.

    Candidates and active behaviors are recalled, no others. The default `embedder` is
    `HashedWords`; it embeds every instruction that `store.cache` does not know, and a problem in
    each recall that needs it. Where it gives the same vectors, recall gives the same behaviors in
    any process. Vectors, words and texts are kept in that folder, and processes share them there.

    The nearest vectors are found exactly among up to 4,096 entries, and nearly so among more: see
    `Vectors.nearest`. Entries and uses are read as objects once, and dropped: 100,000 entries take
    some seconds and some hundred megabytes for that time. Raises `StoreError`, `InputError` where
    the embedder changed under its name, and `ModelError` from the embedder.
    """
    number = await store.version() if version is None else version
    entries = tuple(e for e in await store.entries(number) if e.status in _RECALLED)
    counts = tally(current(entries, await store.uses(number)))
    embed = HashedWords() if embedder is None else embedder
    # Words are hashed faster than a database is asked.
    indexing = embed if embedder is None else store.remembering(embed)
    return Snapshot(
        version=f"{store.id}@{number}",
        shown=await open_shown(entries, store.cache, _KIND),
        topics=_by_topic(entries),
        counts=counts,
        lexicon=await open_lexicon([_text(entry) for entry in entries], store.cache, _KIND),
        vectors=await open_vectors(
            [entry.instruction for entry in entries], indexing, store.cache, _KIND
        ),
        embedder=embed,
        shelf=Shelf(await store.examples(number), f"{store.id}@{number}", embed, store.cache),
    )


def _text(entry: Entry) -> str:
    return f"{entry.name.removeprefix('behavior_')}\n{entry.instruction}\n{entry.topic}"


def _by_topic(entries: Sequence[Entry]) -> Mapping[str, NDArray[np.int64]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        if topic := _folded(entry.topic):
            places[topic].append(place)
    return {topic: np.array(found) for topic, found in places.items()}


def _topic(problem: Problem) -> str:
    return _folded(topic_of(problem))


def _folded(topic: str) -> str:
    return topic.strip().casefold()


def _lot(salt: str, name: str) -> bytes:
    return blake2b(f"{salt}\x1f{name}".encode(), digest_size=8).digest()
