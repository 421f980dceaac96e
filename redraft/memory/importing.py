"""Takes over what a file says of behaviors: through the gate, and beside what is there already."""

from collections.abc import Sequence

from redraft.memory.audit import flaws
from redraft.memory.changing import Outcome, View, change
from redraft.memory.entry import LIVE, Entry
from redraft.memory.folding import alike
from redraft.memory.gate import Refusal, refusal
from redraft.memory.store import Store


async def import_entries(
    store: Store, entries: Sequence[Entry], *, reason: str, refusal: Refusal = refusal
) -> list[Outcome]:
    """Write what `entries`, of different names, say over what is there; one outcome for each.

    What `refusal` refuses is left out, and so is what comes into use, or into use in other words,
    and says the same as another behavior: one in the handbook, put away or not, or a better one of
    `entries` (active before candidate, then the earlier). The rules are those of `merge` and
    `audit`. Entries keep their provenance, and give `reason` as that of the revision. What an
    audit will find in one that enters is the outcome's `reason`. All are one write. Raises
    `StoreError`.
    """

    async def decided(view: View) -> tuple[list[Outcome], list[Entry]]:
        outcomes = {one.name: _first(one, view.entries.get(one.name), refusal) for one in entries}
        changed = [one for one in entries if outcomes[one.name].did in ("added", "revised")]
        for name, into, how in _repeated(changed, view):
            outcomes[name] = Outcome(
                name=name, did="dropped", reason=f"says the same as {_called(into, view)} ({how})"
            )
        written = [
            _over(view.entries.get(one.name), one, reason)
            for one in changed
            if outcomes[one.name].did != "dropped"
        ]
        return [outcomes[one.name] for one in entries], written

    return (await change(store, decided)).outcome


def _first(new: Entry, old: Entry | None, refusal: Refusal) -> Outcome:
    """What becomes of `new` if nothing else says the same."""
    refused = refusal(new.behavior, None)
    if refused is not None:
        return Outcome(name=new.name, did="refused", reason=refused)
    if old is not None and _says(old) == _says(new):
        return Outcome(name=new.name, did="unchanged")
    found = "; ".join(f"{each.kind}: {each.detail}" for each in flaws(new))
    return Outcome(name=new.name, did="added" if old is None else "revised", reason=found)


def _repeated(changed: Sequence[Entry], view: View) -> list[tuple[str, str, str]]:
    """Names in `changed` that come into use and say the same as another, that one, and how."""
    live = [one for one in changed if one.status in LIVE and _comes(one, view)]
    live.sort(key=lambda one: one.status != "active")
    names = {one.name for one in live}
    there = [one for one in view.entries.values() if one.name not in names]
    # Of several that say the same, those in use are named.
    there.sort(key=lambda one: one.status not in LIVE)
    return [pair for pair in alike([*there, *live]) if pair[0] in names]


def _comes(new: Entry, view: View) -> bool:
    old = view.entries.get(new.name)
    return old is None or old.status not in LIVE or old.instruction != new.instruction


def _called(name: str, view: View) -> str:
    entry = view.entries.get(name)
    return name if entry is None or entry.status in LIVE else f"{name}, which is {entry.status}"


def _says(entry: Entry) -> tuple[str, str, str]:
    return entry.instruction, entry.topic, entry.status


def _over(old: Entry | None, new: Entry, reason: str) -> Entry:
    """`new` with what a file does not hold, out of `old`."""
    kept = () if old is None else old.provenance
    return new.model_copy(update={"provenance": kept, "reason": reason})
