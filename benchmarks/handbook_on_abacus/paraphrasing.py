"""Near duplicates of a behavior: some of its words changed, something put before or after it."""

import random
from collections.abc import Sequence

from redraft.core import Behavior

SYNONYMS = {
    "when": ("if", "whenever", "where"),
    "number": ("value", "amount", "figure"),
    "added": ("put in", "counted in", "joined"),
    "then": ("later", "afterwards", "next"),
    "taken": ("carried", "moved", "lost"),
    "again": ("later on", "once more", "afterwards"),
    "leave": ("drop", "strike", "let"),
    "steps": ("lines", "calculations", "operations"),
    "write": ("put", "note", "set down"),
    "two": ("both", "a pair of", "any two"),
    "additions": ("sums", "gains", "plus steps"),
    "multiplications": ("products", "times steps", "multiples"),
    "row": ("sequence", "chain", "series"),
    "line": ("step", "row", "calculation"),
    "double": ("duplicate", "take twice", "count twice"),
    "result": ("outcome", "value", "total"),
    "every": ("each", "any", "one"),
    "addition": ("sum", "gain", "plus step"),
    "subtraction": ("loss", "minus step", "difference"),
    "story": ("text", "problem", "tale"),
}
FRONTS = ("", "", "", "Remember:", "As a rule:", "In such stories:", "It is best to do this:")
BACKS = ("", "", "", "This is quicker.", "It saves a line.", "So it is done.")
TAILS = ("fast", "quick", "better", "short", "simple", "always")
NAMES = ("saving", "handy", "brief", "useful", "tidy", "swift")
MOST_CHANGES = 4


def near_duplicates(source: Behavior, count: int, rng: random.Random) -> list[Behavior]:
    """`count` behaviors that say what `source` says, no two in the same words.

    One in three keeps the name, one in three has a word more in it, one in three is called
    otherwise.
    """
    made: dict[str, Behavior] = {}
    while len(made) < count:
        text = _reworded(source.instruction, rng)
        if text != source.instruction:
            made.setdefault(text, Behavior(name=_renamed(source.name, rng), instruction=text))
    return list(made.values())


def _reworded(text: str, rng: random.Random) -> str:
    words = text.split()
    places = [place for place, word in enumerate(words) if _bare(word) in SYNONYMS]
    for place in rng.sample(places, min(len(places), rng.randint(1, MOST_CHANGES))):
        words[place] = _like(words[place], rng.choice(SYNONYMS[_bare(words[place])]))
    return _joined((rng.choice(FRONTS), " ".join(words), rng.choice(BACKS)))


def _bare(word: str) -> str:
    return word.strip(".,").lower()


def _like(word: str, other: str) -> str:
    """`other` with the capital and the mark that `word` has."""
    mark = word[len(word.rstrip(".,")) :]
    return (other.capitalize() if word[0].isupper() else other) + mark


def _joined(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)


def _renamed(name: str, rng: random.Random) -> str:
    match rng.randrange(3):
        case 0:
            return name
        case 1:
            return f"{name}_{rng.choice(TAILS)}"
        case _:
            return f"behavior_{rng.choice(NAMES)}_{rng.choice(TAILS)}"
