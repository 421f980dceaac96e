"""Pruning: what evidence and the audit speak against is put away, with the reason, and kept."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from redraft.memory.audit import Finding, FindingKind, audit
from redraft.memory.changing import Outcome, View, change
from redraft.memory.entry import LIVE, Entry, Status, Use
from redraft.memory.judging import Policy, moves_of
from redraft.memory.store import Store
from redraft.memory.uses import uses_before

# What may do harm is quarantined, what is merely of no use is retired.
_PUTS: Mapping[FindingKind, Status] = {
    "injection": "quarantined",
    "leak": "quarantined",
    "form": "retired",
    "dead weight": "retired",
}


class Pruned(NamedTuple):
    """What was put away, and the findings of the audit that are left for a person."""

    outcomes: list[Outcome]
    left: list[Finding]


async def prune(store: Store, *, policy: Policy = Policy(), dry: bool = False) -> Pruned:
    """Put away what does harm and what is of no use.

    First by evidence, as `judge` does, though nothing is made active. Then by the audit:
    injections and leaks are quarantined, malformed behaviors and those never recalled retired.
    Left over are duplicates (see `merge`), contradictions, what was shown and not cited yet, and
    what a person put back after the same finding: it is not put away twice.

    All moves are one write, or none where `dry`. A second call moves nothing. Raises `StoreError`.
    """

    async def decided(view: View) -> tuple[Pruned, list[Entry]]:
        uses = await store.uses(view.version)
        after = view.entries | _by_evidence(view.entries, uses, policy)
        before = await uses_before(store, list(after.values()), uses)
        recalled = {use.name for use in uses}
        for finding in audit(list(after.values()), uses, before=before):
            entry = after[finding.name]
            unused = finding.kind != "dead weight" or finding.name not in recalled
            if entry.status in LIVE and unused:
                after[entry.name] = await _put(store, entry, finding)
        moved = [entry for entry in after.values() if entry != view.entries[entry.name]]
        left = audit(list(after.values()), uses, before=before)
        outcomes = [Outcome(name=e.name, did=e.status, reason=e.reason) for e in moved]
        return Pruned(outcomes, left), [] if dry else moved

    return (await change(store, decided)).outcome


def _by_evidence(
    entries: Mapping[str, Entry], uses: Sequence[Use], policy: Policy
) -> dict[str, Entry]:
    moves = moves_of(list(entries.values()), uses, policy)
    return {
        name: entries[name].model_copy(update={"status": status, "reason": reason})
        for name, (status, reason) in moves.items()
        if status not in LIVE
    }


async def _put(store: Store, entry: Entry, finding: Finding) -> Entry:
    """`entry` where its finding puts it; as it is where it was there and somebody put it back."""
    status = _PUTS.get(finding.kind)
    if status is None:
        return entry
    start = f"{finding.kind}: "
    for old in await store.history(entry.name):
        if old.status == status and old.reason.startswith(start):
            return entry
    reason = f"{start}{finding.detail}"
    return entry.model_copy(update={"status": status, "reason": reason})
