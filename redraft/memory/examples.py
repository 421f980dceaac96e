"""Finds solved problems that are like another one: by words, by embedding, or by both."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redraft.core import Embedder, Example, ExampleQuery, Problem
from redraft.memory.embedding import table
from redraft.memory.index import Vectors
from redraft.memory.lexical import Lexicon, open_lexicon
from redraft.memory.retrieval import diverse, fuse
from redraft.memory.stemming import words
from redraft.memory.vectors import open_vectors

_POOL = 20
_MOST_HITS = 2_000
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


class Shelf:
    """The examples of one version of a handbook. What it holds never changes.

    It is indexed when it is first asked, solved problems and mistakes apart: most runs never ask.
    `embedder` reads every problem that the folder `cache` does not know.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        version: str,
        embedder: Embedder,
        cache: Path | None = None,
    ) -> None:
        self._examples = examples
        self._version = version
        self._embedder = embedder
        self._cache = cache
        self._indexes: dict[bool, _Index] = {}
        self._building = asyncio.Lock()

    @property
    def skills(self) -> tuple[str, ...]:
        """Every skill that an example is labelled with, sorted."""
        return tuple(sorted({skill for one in self._examples for skill in one.skills}))

    async def find(self, problem: Problem, query: ExampleQuery) -> tuple[Example, ...]:
        """At most `query.most` examples, the most alike first; raises the embedder's errors.

        Problems are compared, not solutions. Lexical: bm25. Embedding: cosine. Hybrid: both, by
        reciprocal rank, the lexical one weighted by how much it found. No two of the answers are
        near duplicates.

        Left out are the problem itself, known by its key, and every example with the same words
        and numbers in the same order: case, spaces, punctuation and signs do not make another
        problem, a number does. Where `query.skills` are named, each in turn brings its most alike
        example, those that share nothing with the problem by chance (ours).
        """
        index = await self._index(query.mistakes)
        if not index.examples:
            return ()
        vector = await self._vector(problem) if query.by != "lexical" else None
        barred = index.same_as(problem)
        if query.skills:
            salt = f"{query.seed}\x1f{problem.key}\x1f{self._version}"
            ranked = index.of_skills(problem, query, vector, salt)
        else:
            # Those that are barred must not use up the places of others.
            pool = max(_POOL, 4 * query.most) + len(barred)
            ranked = index.ranked(problem, query, vector, pool)
        allowed = [place for place in ranked if place not in barred]
        chosen = diverse(allowed, index.vectors.rows, query.most)
        return tuple(index.examples[place] for place in chosen)

    async def _vector(self, problem: Problem) -> NDArray[np.float32]:
        return table(await self._embedder([problem.text]))[0]

    async def _index(self, mistakes: bool) -> "_Index":
        async with self._building:
            if mistakes not in self._indexes:
                chosen = [one for one in self._examples if bool(one.wrong) == mistakes]
                kind = "mistakes" if mistakes else "examples"
                self._indexes[mistakes] = await _indexed(chosen, self._embedder, self._cache, kind)
        return self._indexes[mistakes]


@dataclass(frozen=True, eq=False)
class _Index:
    """Examples of one kind, with all that ranks them. The maps lead to their places."""

    examples: Sequence[Example]
    keys: Mapping[str, Sequence[int]]
    wordings: Mapping[str, Sequence[int]]
    skills: Mapping[str, Sequence[int]]
    lexicon: Lexicon
    vectors: Vectors

    def same_as(self, problem: Problem) -> set[int]:
        alike = {wording(problem.text), wording(problem.prompt)}
        texts = (place for each in alike for place in self.wordings.get(each, ()))
        return {*self.keys.get(problem.key, ()), *texts}

    def ranked(
        self, problem: Problem, query: ExampleQuery, vector: NDArray[np.float32] | None, most: int
    ) -> list[int]:
        """By words where there is no `vector`."""
        near = [] if vector is None else self.vectors.nearest(vector, most)
        if query.by == "embedding":
            return near
        hits = self.lexicon.search(problem.text, min(most, _MOST_HITS))
        lexical = self.lexicon.strength(hits), [hit.place for hit in hits]
        return lexical[1] if vector is None else fuse([lexical, (1.0, near)], most)

    def of_skills(
        self, problem: Problem, query: ExampleQuery, vector: NDArray[np.float32] | None, salt: str
    ) -> list[int]:
        ranked = self.ranked(problem, query, vector, len(self.examples))
        ranks = {place: rank for rank, place in enumerate(ranked)}

        def order(place: int) -> tuple[int, bytes]:
            rank = ranks.get(place)
            return (len(ranks), self._lot(salt, place)) if rank is None else (rank, b"")

        rows = [sorted(self.skills.get(skill, ()), key=order) for skill in query.skills]
        turns = (place for turn in zip_longest(*rows) for place in turn if place is not None)
        return list(dict.fromkeys(turns))

    def _lot(self, salt: str, place: int) -> bytes:
        one = self.examples[place]
        text = f"{salt}\x1f{one.key}\x1f{one.wrong}"
        return blake2b(text.encode(errors="backslashreplace"), digest_size=8).digest()


async def _indexed(
    examples: Sequence[Example], embedder: Embedder, cache: Path | None, kind: str
) -> _Index:
    keys, wordings, skills = (defaultdict[str, list[int]](list) for _ in range(3))
    for place, one in enumerate(examples):
        keys[one.key].append(place)
        wordings[wording(one.problem)].append(place)
        for skill in dict.fromkeys(one.skills):
            skills[skill].append(place)
    problems = [one.problem for one in examples]
    return _Index(
        examples=examples,
        keys=dict(keys),
        wordings=dict(wordings),
        skills=dict(skills),
        lexicon=await open_lexicon(problems, cache, kind),
        vectors=await open_vectors(problems, embedder, cache, kind),
    )


def wording(text: str) -> str:
    """The words and numbers of `text` in order, without case, spaces, punctuation and signs."""
    return " ".join(words(_THOUSANDS.sub("", text))) or " ".join(text.split())


def missing_skills(examples: Iterable[Example]) -> list[tuple[str, float]]:
    """How large a share of the labelled mistakes lacked each skill, the largest first (STAT's
    missing-skill profile, arXiv 2510.10023); they may add up to more than 1."""
    labelled = [one for one in examples if one.wrong and one.skills]
    counts = Counter(skill for one in labelled for skill in dict.fromkeys(one.skills))
    ordered = sorted(counts, key=lambda skill: (-counts[skill], skill))
    return [(skill, counts[skill] / len(labelled)) for skill in ordered]
