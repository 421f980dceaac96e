"""Which behaviors say the same, or the opposite, judged by their words alone.

An order of words is seen around such words as `before` and `by` alone: see `reordered`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from redraft.memory.entry import Entry
from redraft.memory.gate_text import fold
from redraft.memory.merging import reordered, turned

SIMILAR = 0.9
"""From here on `similar` says that two behaviors with many words in common are one (ours)."""

# Jaccard similarities as fractions of whole numbers: 4 words of 5 are no matter of rounding.
_SAME = (4, 5)
_MAYBE = (3, 5)

_LETTER = r"[^\W\d_]"
# A minus stands before a number, a bracket or a lone letter; others are hyphens and dashes.
_TOKEN = re.compile(
    rf"{_LETTER}+|[0-9]+(?:\.[0-9]+)?|[+*/^=<>]|-(?=\s?(?:[0-9(]|{_LETTER}\b))", re.IGNORECASE
)

Block = tuple[int, tuple[str, str]]


def stem(word: str) -> str:
    """`word` without the commonest endings of English; crude, but alike forms come out alike."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) >= len(ending) + 2:
            word = word.removesuffix(ending)
            break
    word = word.removesuffix("e") if len(word) > 3 else word
    word = word[:-1] + "y" if word.endswith("i") else word
    return word[:-1] if word[-2:-1] == word[-1:] else word


_NEGATIONS = frozenset(map(stem, ("not", "never", "no", "without", "avoid")))
_EMPHASES = frozenset(map(stem, ("always", "do", "does", "ever", "must", "should")))
_OPPOSITES = {
    stem(side): pair[0]
    for pair in (("add", "subtract"), ("multiply", "divide"), ("before", "after"), ("+", "-"))
    for side in pair
}


class _Sense(NamedTuple):
    """What can turn words into their opposite: a negation, and sides of pairs like add/subtract."""

    negated: bool
    sides: frozenset[str]

    @classmethod
    def of(cls, words: frozenset[str]) -> "_Sense":
        return cls(not words.isdisjoint(_NEGATIONS), words.intersection(_OPPOSITES))

    def agrees(self, other: "_Sense") -> bool:
        """Whether neither turns the other round; plus and minus must be the same."""
        one, two = self.sides, other.sides
        same_signs = (one ^ two).isdisjoint("+-")
        return self.negated == other.negated and same_signs and (one <= two or two <= one)

    def opposes(self, other: "_Sense") -> bool:
        """Whether exactly one of them differs: two would cancel each other, as often as not."""
        turned = (self.negated != other.negated) + len(self.sides - other.sides)
        return turned == 1 and len(self.sides) == len(other.sides)


def words_of(instruction: str) -> frozenset[str]:
    """The stems, numbers and operators in `instruction`."""
    text = fold(instruction).casefold().replace("n't", " not").replace("cannot", "can not")
    return frozenset(stem(token) for token in _TOKEN.findall(text))


def duplicates(
    entries: Sequence[Entry], similar: Callable[[Entry, Entry], float] | None = None
) -> list[tuple[Entry, Entry, str]]:
    """Each entry that says the same as an earlier one, that one, and how far the words agree.

    The same are at least 4 of 5 words of both together (Jaccard, token sets), where no number, no
    negation, no opposite and no order turns the sense round. With `similar`, 3 of 5 are enough
    where it gives at least 0.9. What is a duplicate of an earlier entry is not compared with later
    ones.
    """
    sets = [words_of(entry.instruction) for entry in entries]
    agreement: dict[int, str] = {}

    def same(place: int, other: int) -> bool:
        one, two = sets[place], sets[other]
        both, all_ = len(one & two), len(one | two)
        if not _Sense.of(one).agrees(_Sense.of(two)) or both * _MAYBE[1] < all_ * _MAYBE[0]:
            return False
        texts = entries[place].instruction, entries[other].instruction
        if turned(*texts) or reordered(*texts):
            return False
        agreement[place] = f"{both} of {all_} words"
        if both * _SAME[1] >= all_ * _SAME[0]:
            return True
        likeness = similar(entries[place], entries[other]) if similar else 0.0
        agreement[place] += f", similarity {likeness:.2f}"
        return likeness >= SIMILAR

    leaders = _leaders(sets, _MAYBE if similar else _SAME, same)
    return [(entries[one], entries[two], agreement[one]) for one, two in leaders.items()]


def contradictions(entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Each entry whose words are those of an earlier one but for a negation, and that one.

    Found are `always`/`never`, `not`, and one side of a pair such as add/subtract for the other.
    It is a pointer for a person: advice for two opposite operations may well be parallel, and
    what contradicts in other words is not found.
    """
    first: defaultdict[frozenset[str], dict[_Sense, Entry]] = defaultdict(dict)
    found: list[tuple[Entry, Entry]] = []
    for entry in entries:
        words = words_of(entry.instruction)
        subject = frozenset(_OPPOSITES.get(word, word) for word in words - _NEGATIONS - _EMPHASES)
        if not subject:
            continue
        sense, senses = _Sense.of(words), first[subject]
        found += [(entry, other) for seen, other in senses.items() if sense.opposes(seen)][:1]
        senses.setdefault(sense, entry)
    return found


def _leaders(
    sets: Sequence[frozenset[str]], least: tuple[int, int], same: Callable[[int, int], bool]
) -> dict[int, int]:
    """The place of each set that is the same as an earlier one -> the place of that one.

    Compared are only sets that have two rare words in common, as all of Jaccard `least` must
    (prefix filtering: Chaudhuri et al. 2006; pairs of words: Wang et al. 2012).
    """
    counts = Counter(word for words in sets for word in words)
    blocks: defaultdict[Block, list[int]] = defaultdict(list)
    equal: dict[frozenset[str], int] = {}
    found: dict[int, int] = {}
    for place, words in enumerate(sets):
        if not words:
            continue
        rare = sorted((word for word in words if counts[word] > 1), key=lambda w: (counts[w], w))
        others = {other for block in _asks(rare, len(words), least) for other in blocks[block]}
        others.add(equal.setdefault(words, place))
        leader = next((other for other in sorted(others - {place}) if same(place, other)), None)
        if leader is not None:
            found[place] = leader
            continue
        for block in _enters(rare, len(words), least):
            blocks[block].append(place)
    return found


def _asks(rare: list[str], size: int, least: tuple[int, int]) -> Iterator[Block]:
    """The blocks in which sets alike to one of `size` words are, if they came before it."""
    top, bottom = least
    for other in range(-(-top * size // bottom), bottom * size // top + 1):
        for pair in _pairs(rare, -(-top * (size + other) // (top + bottom))):
            yield other, pair


def _enters(rare: list[str], size: int, least: tuple[int, int]) -> Iterator[Block]:
    """The blocks in which a set of `size` words is found by all alike ones, the smallest too."""
    top, bottom = least
    smallest = -(-top * size // bottom)
    for pair in _pairs(rare, -(-top * (size + smallest) // (top + bottom))):
        yield size, pair


def _pairs(rare: list[str], common: int) -> Iterator[tuple[str, str]]:
    """The pairs of words of which two sets share one, if they share `common` words at all."""
    if len(rare) >= common:
        yield from combinations(rare[: len(rare) - common + 2], 2)
