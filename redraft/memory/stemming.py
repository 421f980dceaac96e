"""Words of a text, and their stems by the tokenizer of SQLite's full-text search (FTS5)."""

import re
import sqlite3
import unicodedata
import weakref
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]{1,40}")
_LONGEST = 20_000


def words(text: str) -> list[str]:
    """The letters and digits of `text` in lower case, in order; of its first 20,000 characters.

    Underscores divide words. Nothing but letters and digits comes out, whatever goes in. A run of
    more than 40 is cut into words of 40.
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text[:_LONGEST]).lower())


class Stemmer:
    """Porter's stemmer for English, without accents: "Résumés" becomes "resum".

    One thread at a time may use it.
    """

    def __init__(self) -> None:
        # It is made in one thread and used in another.
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.executescript(
            "CREATE VIRTUAL TABLE given USING fts5(word, content='', tokenize='porter unicode61');"
            "CREATE VIRTUAL TABLE stem USING fts5vocab(given, instance);"
        )
        weakref.finalize(self, self._connection.close)

    def __call__(self, given: Sequence[str]) -> list[str]:
        """The stem of each of `given`, which come from `words`; in some microseconds each."""
        stems = [""] * len(given)
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(
                "INSERT INTO given(rowid, word) VALUES (?, ?)", enumerate(given)
            )
            for place, stem in self._connection.execute("SELECT doc, term FROM stem"):
                stems[place] += stem
        finally:
            self._connection.execute("ROLLBACK")
        # SQLite may not know a letter of a newer script.
        return [stem or word for stem, word in zip(stems, given, strict=True)]
