"""What every store of a handbook does, and how it says that another writer was faster."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from redraft.core import Embedder, Example, InputError, StoreError
from redraft.memory.entry import Entry, Kept, Use


class Conflict(StoreError):
    """Somebody else changed one of the same behaviors first: read again, and decide again."""


class NoHandbook(InputError):
    """There is no handbook yet, where one could be made."""


class Store(Protocol):
    """The truth of one handbook: revisions and uses, only ever appended.

    A version is a number that grows with every write; what was read at a version can be read at
    it again for ever. Methods raise `StoreError` when the store cannot be read or written.
    """

    @property
    def id(self) -> str:
        """Names this handbook: no other one has it, a copy of the file does."""
        ...

    @property
    def cache(self) -> Path | None:
        """The folder on this machine for what can be computed again from this handbook.

        Nothing there is ever needed, and it need not exist. `None`: nothing is kept.
        """
        ...

    def remembering(self, embedder: Embedder) -> Embedder:
        """An embedder with the name and the vectors of `embedder`.

        It may ask `embedder` for less, where the store keeps vectors for other machines; it then
        raises `StoreError` too, and cannot be used once the store is closed.
        """
        ...

    async def version(self) -> int:
        """The newest version; 0 before the first write."""
        ...

    async def stamp(self, version: int) -> str:
        """Names what there is up to `version`: no other handbook has that name for anything else.

        Nor has this one after an older copy of it was put back and written to.
        """
        ...

    async def entries(self, version: int | None = None) -> list[Entry]:
        """The last revision of every behavior up to `version` (the newest), sorted by name."""
        ...

    async def history(self, name: str) -> list[Entry]:
        """All revisions of one behavior, the oldest first."""
        ...

    async def write(self, entries: Sequence[Entry], *, read: int) -> int:
        """Append one revision for each of `entries`, all or none; returns the new version.

        Raises `Conflict` if one of these names has a revision newer than `read`, the version that
        the decision rests on. The `version` of `entries` is ignored: the store sets it.
        """
        ...

    async def add_uses(self, uses: Sequence[Use]) -> int:
        """Append what is not there yet, by (run, problem, name); returns the newest version.

        A new version is made only when something was new.
        """
        ...

    async def uses(self, version: int | None = None) -> list[Use]:
        """The uses that were there at `version` (the newest), in the order of their arrival."""
        ...

    async def use_count(self, version: int | None = None) -> int:
        """How many uses there were at `version` (the newest)."""
        ...

    async def add_examples(self, examples: Sequence[Example]) -> int:
        """Append what is not there yet, by (key, wrong); returns the newest version.

        A new version is made only when something was new.
        """
        ...

    async def revise_examples(self, revisions: Sequence[Kept]) -> int:
        """Append one revision each of examples that are there; returns the newest version.

        Of one example there is at most one revision; those of others are not written. The
        `version` of `revisions` is ignored: the store sets it.
        """
        ...

    async def examples(self, version: int | None = None) -> list[Example]:
        """What the examples said at `version` (the newest), in the order of their arrival.

        Those that were retired then are left out.
        """
        ...

    async def example_history(self) -> list[Kept]:
        """All revisions of all examples, in the order of arrival, each one's oldest first."""
        ...


def conflict(where: object, name: str, newer: int, read: int) -> Conflict:
    """Says that `name` has a revision `newer` than the version that a write rests on."""
    return Conflict(
        f"{where}: {name!r} was changed at version {newer}, this change rests on version {read}; "
        "read the handbook again"
    )


def no_version(where: object, version: int, newest: int) -> StoreError:
    """Says that there is no such version."""
    return StoreError(
        f"{where}: there is no version {version}, the newest is {newest}; name one that is there, "
        "or check which handbook this is"
    )


def refuse_twice(where: object, entries: Sequence[Entry]) -> None:
    """Raise `StoreError` where one write has a name twice."""
    counts = Counter(entry.name for entry in entries)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise StoreError(f"{where}: one write has {twice[0]!r} twice; keep one of them")
