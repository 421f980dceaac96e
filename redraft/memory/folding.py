"""Near duplicates that are inside already: which of them is the better one, and how the others are
folded into it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from redraft.core import Behavior
from redraft.memory.audit_words import duplicates
from redraft.memory.changing import Outcome, View, change
from redraft.memory.entry import LIVE, Entry, Provenance
from redraft.memory.gate import Refusal, refusal
from redraft.memory.merging import Decide, Decision, duplicate, name_words
from redraft.memory.store import Store
from redraft.memory.uses import by_name, current

MOST_SOURCES = 50
"""How many provenances an entry collects: further duplicates of it teach nothing new (ours)."""

# So many decisions at a time: each holds a list of all behaviors that are better.
_AT_ONCE = 64


def enriched(
    into: Entry, sources: Iterable[Provenance], reason: str, *, words: str = "", topic: str = ""
) -> Entry:
    """`into` with further `sources`, and saying `words`, where there are any.

    `topic` is for one that has none. Where neither sources nor words are new, `into` itself.
    """
    united = tuple(dict.fromkeys((*into.provenance, *sources)))[:MOST_SOURCES]
    words = words or into.instruction
    if united == into.provenance and words == into.instruction:
        return into
    topic = into.topic or topic
    update = {"instruction": words, "topic": topic, "reason": reason, "provenance": united}
    return into.model_copy(update=update)


def fold(one: Entry, into: Entry, how: str, *, words: str = "") -> tuple[Entry, Entry]:
    """`one`, retired as the same as `into`, and `into` with the sources of both.

    `how` says in a few words why they are the same.
    """
    reason = f"same as {into.name} ({how})"
    retired = one.model_copy(update={"status": "retired", "reason": reason})
    reason = f"{one.name} says the same ({how})"
    return retired, enriched(into, one.provenance, reason, words=words, topic=one.topic)


async def merge(
    store: Store,
    *,
    decide: Decide | None = None,
    refusal: Refusal = refusal,
    dry: bool = False,
) -> list[Outcome]:
    """Fold near duplicates among candidates and active behaviors into the better one of them.

    The better one is active, cited by more right solutions, older, in this order. The others are
    retired; the better one takes over their sources and keeps its words, of which there is
    evidence. Without `decide`, those are folded whose words agree (see `audit`), or whose names
    have the same words and whose instructions share half of theirs, unless they differ in a number
    or a negation. With it, each behavior is put to it beside all better ones, from the worst on;
    it may fold, keep or drop it; but only a candidate is dropped, or reworded, in words that
    `refusal` lets through.

    One outcome for each entry that changes, in one write, or in none where `dry`. A second call
    changes nothing, if `decide` decides the same again. Raises `StoreError`, and what `decide`
    raises.
    """

    async def decided(view: View) -> tuple[list[Outcome], list[Entry]]:
        ranked = await _ranked(store, view)
        if decide is None:
            after = _folded(ranked)
        else:
            after = await _asked(ranked, decide, refusal)
        changed = [one for one in after.values() if one != view.entries[one.name]]
        return [_outcome(one) for one in changed], [] if dry else changed

    return (await change(store, decided)).outcome


def _outcome(entry: Entry) -> Outcome:
    did = "retired" if entry.status == "retired" else "merged"
    return Outcome(name=entry.name, did=did, reason=entry.reason)


async def _ranked(store: Store, view: View) -> list[Entry]:
    """Candidates and active behaviors, the best first."""
    live = [entry for entry in view.entries.values() if entry.status in LIVE]
    uses = by_name(current(live, await store.uses(view.version)))

    async def standing(entry: Entry) -> tuple[bool, int, int, str]:
        right = sum(use.shown and use.cited and use.correct for use in uses.get(entry.name, ()))
        first, *_ = await store.history(entry.name)
        return entry.status != "active", -right, first.version, entry.name

    ranks = {entry.name: await standing(entry) for entry in live}
    return sorted(live, key=lambda entry: ranks[entry.name])


def _folded(ranked: Sequence[Entry]) -> dict[str, Entry]:
    after = {entry.name: entry for entry in ranked}
    for one, into, how in alike(ranked):
        after[one], after[into] = fold(after[one], after[into], how)
    return after


def alike(ranked: Sequence[Entry]) -> Iterator[tuple[str, str, str]]:
    """The names of those that say what an earlier one says, of that one, and how they agree."""
    gone: set[str] = set()
    for one, into, how in duplicates(ranked):
        gone.add(one.name)
        yield one.name, into.name, how
    named: defaultdict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in ranked:
        if entry.name in gone:
            continue
        better = named[name_words(entry.name)]
        found = duplicate(entry.behavior, better)
        if found is None:
            better.append(entry)
        else:
            yield entry.name, found[0].name, f"its name, and similarity {found[1]:.2f}"


async def _asked(ranked: Sequence[Entry], decide: Decide, refusal: Refusal) -> dict[str, Entry]:
    """What `decide` makes of `ranked`, asked until it would change nothing more."""
    after = {entry.name: entry for entry in ranked}
    while True:
        live = [after[entry.name] for entry in ranked if after[entry.name].status in LIVE]
        decisions = await _decisions(live, decide)
        if not decisions:
            return after
        # From the worst on: what is folded first is taken along when its better one is folded.
        for one, said in decisions:
            _carry_out(one, said, after, refusal)


async def _decisions(live: Sequence[Entry], decide: Decide) -> list[tuple[Entry, Decision]]:
    """Each of `live` that is not to be kept, the worst first, and what is to become of it."""
    found: list[tuple[Entry, Decision]] = []
    # The worst one is shown all others, so whatever has to be embedded is, in one call.
    places = range(len(live) - 1, 0, -1)
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        asked = (decide(live[place].behavior, live[:place]) for place in some)
        decided = await asyncio.gather(*asked)
        for place, said in zip(some, decided, strict=True):
            better = {entry.name for entry in live[:place]}
            # Of what is active there is evidence that it says something.
            drops = said.action == "drop" and live[place].status == "candidate"
            if drops or (said.action == "merge" and said.into in better):
                found.append((live[place], said))
    return found


def _carry_out(one: Entry, decision: Decision, after: dict[str, Entry], refusal: Refusal) -> None:
    if decision.into is None or decision.action == "drop":
        dropped = {"status": "retired", "reason": decision.reason}
        after[one.name] = after[one.name].model_copy(update=dropped)
        return
    into = after[decision.into]
    words = decision.instruction if into.status == "candidate" else ""
    if words and refusal(Behavior(name=into.name, instruction=words), None) is not None:
        words = ""
    after[one.name], after[into.name] = fold(after[one.name], into, decision.reason, words=words)
