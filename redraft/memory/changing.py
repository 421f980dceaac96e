"""How a handbook is changed while others change it too: read, decide, write, and again if somebody
else was faster; and what is said about each change."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from redraft.core import StoreError, Value
from redraft.memory.entry import Entry, Status
from redraft.memory.store import Conflict, Store

TRIES = 20
"""How often a change is decided anew because others were faster, before it is given up (ours)."""

T = TypeVar("T")


class Outcome(Value):
    """What was done about a behavior; `name` is the entry's, where there is one."""

    name: str
    did: Literal["added", "revised", "merged", "unchanged", "dropped", "refused"] | Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The entries by name, as they were at a version."""

    version: int
    entries: dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What was decided, and the version `read` that it rests on.

    `view` is the handbook after it, `None` where somebody else wrote something at the same time.
    """

    outcome: T
    read: int
    view: View | None


async def change(
    store: Store,
    decide: Callable[[View], Awaitable[tuple[T, list[Entry]]]],
    view: View | None = None,
) -> Change[T]:
    """Write what `decide` makes of the newest version; it is asked again after a `Conflict`.

    `view` saves reading what is known. Raises `StoreError`, also where others are faster `TRIES`
    times.
    """
    for _ in range(TRIES):
        view = await _read(store, view)
        outcome, entries = await decide(view)
        if not entries:
            return Change(outcome, view.version, view)
        try:
            version = await store.write(entries, read=view.version)
        except Conflict:
            view = None
            continue
        return Change(outcome, view.version, _after(view, entries, version))
    raise StoreError(
        f"handbook {store.id}: others changed the same behaviors {TRIES} times; start the same "
        "command again when they are done"
    )


async def _read(store: Store, known: View | None) -> View:
    version = await store.version()
    if known is not None and known.version == version:
        return known
    return View(version, {entry.name: entry for entry in await store.entries(version)})


def _after(view: View, written: list[Entry], version: int) -> View | None:
    # Any other version in between means that somebody else wrote something too.
    if version != view.version + 1:
        return None
    new = {one.name: one.model_copy(update={"version": version}) for one in written}
    return View(version, dict(sorted({**view.entries, **new}.items())))
