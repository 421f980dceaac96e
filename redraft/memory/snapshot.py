"""A handbook as it stood at one version: the memory that a run reads."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np

from redraft.core import Behavior, Embedder, Example, ExampleQuery, Problem, Query
from redraft.memory.embedding import HashedWords, table
from redraft.memory.entry import topic_of
from redraft.memory.examples import Shelf
from redraft.memory.index import Vectors
from redraft.memory.lexical import Hit, Lexicon, open_lexicon
from redraft.memory.retrieval import diverse, fuse, highest, sampled_lifts, weighed
from redraft.memory.shown import Shown, open_shown
from redraft.memory.store import Store
from redraft.memory.vectors import open_vectors

Relevance = Literal["topic", "lexical", "embedding", "hybrid"]

_KIND = "behaviors"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Implements `Memory`: what it holds is read once, and never changes. See `open_snapshot`.

    `shown` are the entries that are recalled; `vectors` are those of what each entry instructs.
    """

    version: str
    shown: Shown
    lexicon: Lexicon
    vectors: Vectors
    embedder: Embedder
    shelf: Shelf

    async def recall(self, problem: Problem, query: Query) -> tuple[Behavior, ...]:
        """At most `query.most` behaviors, the most useful first; raises the embedder's errors.

        Of the most relevant, 4 * `query.most` and at least 20, each is weighed by a lift drawn
        from what is known of it (Thompson sampling; see `sampled_lifts` and `weighed`). So a
        newcomer is tried as often as its uses leave open that it is good, and no constant is to
        be tuned; an upper confidence bound would try every newcomer before anything proven. The
        draw depends on `query.seed`, the problem, the version and what is weighed.

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
            ranked = highest(sampled_lifts(self.shown.counts, salt))
        else:
            pool = min(len(self.shown), max(20, 4 * query.most))
            relevant = await self._relevant(problem, query.by, salt, pool)
            lifts = sampled_lifts(self.shown.counts[relevant], salt)
            ranked = weighed(relevant, lifts.tolist())
        chosen = diverse(ranked, self.vectors.rows, query.most)
        return tuple(self.shown.behavior(place) for place in chosen)

    async def examples(self, problem: Problem, query: ExampleQuery) -> tuple[Example, ...]:
        """Solved problems or mistakes like `problem`; see `Shelf.find`."""
        return await self.shelf.find(problem, query)

    async def skills(self) -> tuple[str, ...]:
        """Every skill that an example is labelled with, sorted."""
        return self.shelf.skills

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
        places = self.shown.of_topic(topic_of(problem))
        scores = self.lexicon.scores(problem.text)[places]
        ranked: list[int] = places[np.argsort(-scores, kind="stable")].tolist()
        count = np.count_nonzero(scores)
        if count < pool:
            # By name, the last of a large topic would never be tried.
            rest = sorted(ranked[count:], key=lambda place: _lot(salt, self.shown.name(place)))
            ranked[count:] = rest
        return ranked[:pool]

    def _hits(self, problem: Problem, most: int) -> list[Hit]:
        return self.lexicon.search(f"{topic_of(problem)}\n{problem.text}", most)

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
    `Vectors.nearest`. Raises `StoreError`, `InputError` where the embedder changed under its name,
    and `ModelError` from the embedder.
    """
    number = await store.version() if version is None else version
    embed = HashedWords() if embedder is None else embedder
    # Words are hashed faster than a database is asked.
    indexing = embed if embedder is None else store.remembering(embed)
    shown = await open_shown(store, number, _KIND)
    words, digest = shown.words, shown.digest.tobytes()
    texts, keys = shown.instructions, shown.keys.tobytes()
    return Snapshot(
        version=f"{store.id}@{number}",
        shown=shown,
        lexicon=await open_lexicon(words, store.cache, _KIND, digest=digest),
        vectors=await open_vectors(texts, indexing, store.cache, _KIND, keys=keys),
        embedder=embed,
        shelf=Shelf(await store.examples(number), f"{store.id}@{number}", embed, store.cache),
    )


def _lot(salt: str, name: str) -> bytes:
    return blake2b(f"{salt}\x1f{name}".encode(), digest_size=8).digest()
