"""Finds the texts that share words with another, by SQLite's full-text index in memory."""

import math
import re
import sqlite3
import unicodedata
import weakref
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]{1,40}")
_LONGEST = 20_000
_MOST_WORDS = 64
# A word that more texts have tells nothing apart, and each text that has it costs time.
_COMMON_COUNT, _COMMON_SHARE = 100, 1 / 8


def words(text: str) -> list[str]:
    """The letters and digits of `text` in lower case, in order; of its first 20,000 characters.

    Underscores divide words. Nothing but letters and digits comes out, whatever goes in, so that
    a word may be quoted in a query. A run of more than 40 is cut into words of 40.
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text[:_LONGEST]).lower())


class Hit(NamedTuple):
    """The place of a text, from 0, and its bm25 score: over 0, and higher is better."""

    place: int
    score: float


@dataclass(frozen=True)
class Lexicon:
    """An index over texts that never changes: FTS5 with Porter's stemmer for English, bm25.

    Other languages are found by whole words; one that is written without spaces hardly at all.
    Made by `Lexicon.of`.
    """

    size: int
    common: frozenset[str]
    connection: sqlite3.Connection

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Lexicon":
        """Index `texts`; about 0.1 ms for each."""
        split = [words(text) for text in texts]
        counts = Counter(word for found in split for word in set(found))
        limit = max(_COMMON_COUNT, int(_COMMON_SHARE * len(split)))
        # It is built in one thread and asked in another, one at a time.
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.execute(
            "CREATE VIRTUAL TABLE entry USING fts5(words, content='', tokenize='porter unicode61')"
        )
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO entry(rowid, words) VALUES (?, ?)",
            ((place, " ".join(found)) for place, found in enumerate(split)),
        )
        connection.execute("COMMIT")
        connection.execute("INSERT INTO entry(entry) VALUES ('optimize')")
        common = frozenset(word for word, count in counts.items() if count > limit)
        lexicon = cls(len(split), common, connection)
        weakref.finalize(lexicon, connection.close)
        return lexicon

    def search(self, text: str, most: int) -> list[Hit]:
        """At most `most` texts that share a word with `text`, the best first, ties by place.

        The first 64 distinct words of `text` count, without those that more than 100 texts and
        more than an eighth of them have (limits: ours).
        """
        distinct = dict.fromkeys(word for word in words(text) if word not in self.common)
        if not distinct:
            return []
        query = " OR ".join(f'"{word}"' for word in list(distinct)[:_MOST_WORDS])
        rows = self.connection.execute(
            "SELECT rowid, -rank FROM entry WHERE entry MATCH ? ORDER BY rank, rowid LIMIT ?",
            (query, most),
        )
        return [Hit(place, score) for place, score in rows]

    def strength(self, hits: Sequence[Hit]) -> float:
        """How much a search has found, in [0, 1]: 1 if the best hit is worth a rare word (ours).

        `log(1 + size)` is about what bm25 gives for a word that only one text has.
        """
        return min(1.0, hits[0].score / math.log1p(self.size)) if hits else 0.0
