"""Word problems over one running quantity, told in several settings and wordings.

A story is drawn from a seed. Which split it belongs to is decided by a hash of its numbers and
operations alone, so the splits share no calculation, however a story is worded.
"""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from settings import ASIDES, PLAIN, SETTINGS, Setting

Kind = Literal[
    "add", "take", "times", "share", "add_groups", "take_groups",
    "come_and_go", "go_and_come", "grow_and_shrink",
]  # fmt: skip
DETOURS: Mapping[Kind, tuple[Kind, Kind]] = {
    "come_and_go": ("add", "take"),
    "go_and_come": ("take", "add"),
    "grow_and_shrink": ("times", "share"),
}
Split = Literal["train", "dev", "test"]


@dataclass(frozen=True, slots=True)
class Change:
    """One event: `size` is added, taken, multiplied or divided by, in `groups` where it says so.

    A detour does two of these, and the second undoes the first.
    """

    kind: Kind
    size: int
    groups: int = 1

    @property
    def operations(self) -> int:
        """1, or 2 for a detour and for groups: a product and a sum or difference."""
        return 2 if self.kind.endswith("groups") or self.kind in DETOURS else 1

    @property
    def parts(self) -> "tuple[Change, ...]":
        """The two changes of a detour; any other is its own only part."""
        return tuple(Change(kind, self.size) for kind in DETOURS.get(self.kind, ())) or (self,)

    def apply(self, quantity: int) -> int | None:
        """The quantity after one part, or `None` where it cannot happen."""
        after = {
            "add": quantity + self.size,
            "take": quantity - self.size,
            "times": quantity * self.size,
            "share": quantity // self.size,
            "add_groups": quantity + self.groups * self.size,
            "take_groups": quantity - self.groups * self.size,
        }[self.kind]
        whole = self.kind != "share" or quantity % self.size == 0
        return after if whole and after > 0 else None


@dataclass(frozen=True, slots=True)
class Level:
    """How hard stories are: the number of operations and the largest number that they name.

    No quantity is above `limit`. `asides` is the chance of each further sentence that plays no
    part, `detours` that of an event that undoes itself. `plain` tells the bare calculation.
    """

    least: int = 2
    most: int = 8
    reach: int = 5000
    limit: int = 9999
    asides: float = 0.35
    detours: float = 0.15
    plain: bool = False


STANDARD = Level()


@dataclass(frozen=True, slots=True)
class Story:
    """A problem in words, and the numbers behind it."""

    text: str
    start: int
    changes: tuple[Change, ...]
    numbers: tuple[int, ...]
    limit: int

    @property
    def split(self) -> Split:
        """1 in 20 stories is for tests, 1 in 20 for development."""
        return split_of(self.start, self.changes)


def split_of(start: int, changes: tuple[Change, ...]) -> Split:
    """The split of a calculation; names and wordings play no part."""
    key = ";".join([str(start), *(f"{c.kind},{c.size},{c.groups}" for c in changes)])
    place = hashlib.blake2b(key.encode(), digest_size=8).digest()[0] % 20
    return "test" if place == 0 else "dev" if place == 1 else "train"


def stories(split: Split, seed: int, level: Level = STANDARD) -> Iterator[Story]:
    """Endless stories of one split; the same for the same seed."""
    rng = random.Random(f"{split}:{seed}")
    while True:
        yield draw(rng, level, split)


def draw(rng: random.Random, level: Level, split: Split) -> Story:
    """One story of `split`."""
    while True:
        start, changes = _numbers(rng, level)
        if split_of(start, changes) == split:
            return _tell(rng, level, start, changes)


def _numbers(rng: random.Random, level: Level) -> tuple[int, tuple[Change, ...]]:
    wanted = rng.randint(level.least, level.most)
    while True:
        start = quantity = rng.randint(2, max(10, level.reach))
        changes: list[Change] = []
        for _ in range(60):
            left = wanted - sum(change.operations for change in changes)
            if left == 0:
                return start, tuple(changes)
            change = _detour(rng, level) if rng.random() < level.detours else _change(rng, level)
            after = _run(quantity, change.parts, level.limit)
            if after is not None and change.operations <= left:
                changes.append(change)
                quantity = after


def _run(quantity: int, changes: tuple[Change, ...], limit: int) -> int | None:
    now: int | None = quantity
    for change in changes:
        now = None if now is None or now > limit else change.apply(now)
    return None if now is None or now > limit else now


def _change(rng: random.Random, level: Level) -> Change:
    kind: Kind = rng.choices(
        ("add", "take", "times", "share", "add_groups", "take_groups"), (30, 30, 10, 12, 9, 9)
    )[0]
    if kind in ("add", "take"):
        return Change(kind, rng.randint(2, level.reach))
    if kind == "times":
        return Change(kind, rng.randint(2, 5))
    if kind == "share":
        return Change(kind, rng.randint(2, 6))
    return Change(kind, rng.randint(2, 12), rng.randint(2, 9))


def _detour(rng: random.Random, level: Level) -> Change:
    kind = rng.choice(list(DETOURS))
    return Change(kind, rng.randint(2, 5 if kind == "grow_and_shrink" else level.reach))


def _tell(rng: random.Random, level: Level, start: int, changes: tuple[Change, ...]) -> Story:
    setting: Setting = PLAIN if level.plain else rng.choice(SETTINGS)
    names = setting.names(rng)
    lines = [rng.choice(setting.opening).format(n=start, **names)]
    numbers = [start]
    for change in changes:
        wording = rng.choice(setting.wordings[change.kind])
        lines.append(wording.format(n=change.size, k=change.groups, **names))
        numbers += [change.size] if change.groups == 1 else [change.groups, change.size]
    while rng.random() < level.asides and len(lines) < len(changes) + 3:
        number = rng.randint(2, max(10, level.reach))
        aside = rng.choice(ASIDES).format(n=number, **names)
        lines.insert(rng.randint(1, len(lines)), aside)
        numbers.append(number)
    lines.append(rng.choice(setting.question).format(**names))
    return Story(" ".join(lines), start, changes, tuple(numbers), level.limit)
