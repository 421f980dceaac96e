"""Tells whether a new behavior says what another one says already, and what to do about it."""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import lru_cache
from typing import Literal

from redraft.core import Behavior, Value
from redraft.memory.embedding import FUNCTION_WORDS
from redraft.memory.entry import Entry

Similarity = Callable[[str, str], float]
"""How alike two instructions are, at most 1 for the same."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_RELATIONS = frozenset(
    ("before", "after", "then", "until", "by", "from", "to", "into", "than", "over", "per", "minus")
)
_TURNING = frozenset({"not", "no", "never", "without", "cannot", "avoid", "except", "unless"})


class Decision(Value):
    """What becomes of a new behavior.

    `merge` puts it into the entry named `into`, which then says `instruction`; `add` makes an entry
    of its own that says `instruction`, under a numbered name where its own is taken; `drop`
    forgets it. An empty `instruction` keeps the words: the entry's in a merge, else the new ones.
    `reason` is a line.
    """

    action: Literal["add", "merge", "drop"]
    into: str | None = None
    instruction: str = ""
    reason: str


Decide = Callable[[Behavior, Sequence[Entry]], Awaitable[Decision]]
"""Decides about a behavior beside entries; it may find only some of them near."""


def shared_words(text: str, other: str) -> float:
    """The words that two texts share, over all their words (Jaccard 1912), in [0, 1].

    Blind to the order of words and to case.
    """
    words, others = _words(text), _words(other)
    return len(words & others) / len(words | others) if words or others else float(text == other)


def cosine(vector: Callable[[str], Sequence[float]]) -> Similarity:
    """The similarity of texts whose unit vectors `vector` knows, in [-1, 1]."""
    return lambda text, other: sum(a * b for a, b in zip(vector(text), vector(other), strict=True))


def turned(text: str, other: str) -> bool:
    """Whether only one of the texts has some number or negation: they may say the opposite."""
    return any(
        word in _TURNING or word.endswith("n't") or word[0].isdigit()
        for word in _words(text) ^ _words(other)
    )


def reordered(text: str, other: str) -> bool:
    """Whether words that both texts share have crossed such a word as `before`, `then` or `by`.

    That is, one from its left to its right and one from its right to its left: `add, then divide`
    and `divide, then add`. A clause that moves as a whole crosses it one way only, so texts may
    begin and end as they like. Words of both sides of one text say nothing (ours).
    """
    words, others = _sequence(text), _sequence(other)
    for relation in _RELATIONS.intersection(words).intersection(others):
        (left, right), (left2, right2) = _sides(words, relation), _sides(others, relation)
        if left & right2 and right & left2:
            return True
    return False


def _sides(words: Sequence[str], relation: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words that stand only before the first `relation`, and those only behind it."""
    place = words.index(relation)
    left, right = set(words[:place]) - FUNCTION_WORDS, set(words[place:]) - FUNCTION_WORDS
    return frozenset(left - right), frozenset(right - left)


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, or the first of `name_2`, `name_3` and so on that is not `taken`."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def decide(
    new: Behavior,
    entries: Sequence[Entry],
    *,
    similarity: Similarity = shared_words,
    threshold: float = 0.85,
    same_name: float = 0.5,
) -> Decision:
    """Merge `new` into its nearest duplicate, or add it; the rules are ours.

    Of two instructions as alike as `threshold` the shorter is kept, but only a candidate changes
    its words: of the others there is evidence. A behavior whose text is there already is merged
    too, so that its provenance is kept.
    """
    found = duplicate(new, entries, similarity=similarity, threshold=threshold, same_name=same_name)
    if found is None:
        taken = any(entry.name == new.name for entry in entries)
        reason = "new; its name was taken by another meaning" if taken else "new"
        return Decision(action="add", instruction=new.instruction, reason=reason)
    entry, score = found
    shorter = len(new.instruction) < len(entry.instruction)
    replaced = entry.status == "candidate" and score >= threshold and shorter
    if new.instruction == entry.instruction:
        how = "in the same words"
    else:
        fate = "in fewer words" if replaced else "and its words are not kept"
        how = f"(similarity {score:.2f}), {fate}"
    return Decision(
        action="merge",
        into=entry.name,
        instruction=new.instruction if replaced else entry.instruction,
        reason=f"{new.name} says the same {how}",
    )


async def by_rules(
    new: Behavior,
    entries: Sequence[Entry],
    *,
    similarity: Similarity = shared_words,
    threshold: float = 0.85,
) -> Decision:
    """`decide` as a `Decide`, with settings that `functools.partial` can fix."""
    return decide(new, entries, similarity=similarity, threshold=threshold)


def duplicate(
    new: Behavior,
    entries: Sequence[Entry],
    *,
    similarity: Similarity = shared_words,
    threshold: float = 0.85,
    same_name: float = 0.5,
) -> tuple[Entry, float] | None:
    """The entry that says most nearly what `new` says, and how alike they are; `None` for none.

    Instructions must be as alike as `threshold`, or as `same_name` where the names have the same
    words; both are ours. Two that differ in a number or a negation, or whose words changed sides
    (see `reordered`), never count as alike.
    """
    name = name_words(new.name)
    found: tuple[Entry, float] | None = None
    for entry in entries:
        score = similarity(new.instruction, entry.instruction)
        needed = same_name if name_words(entry.name) == name else threshold
        best = found is None or (score, entry.name == new.name) > (found[1], False)
        if score < needed or not best or turned(new.instruction, entry.instruction):
            continue
        if not reordered(new.instruction, entry.instruction):
            found = entry, score
    return found


def _sequence(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("\u2019", "'"))


@lru_cache(maxsize=1 << 13)
def _words(text: str) -> frozenset[str]:
    return frozenset(_sequence(text))


@lru_cache(maxsize=1 << 13)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a behavior's name in alphabetical order, for comparing it with others.

    The number under which another meaning of a name was added is no part of it.
    """
    return tuple(sorted(re.sub(r"_\d+$", "", name.lower()).split("_")))
