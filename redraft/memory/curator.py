"""The curator: how a handbook changes. New behaviors pass the gate and are merged or added, and
evidence moves the others between statuses; each change is a revision with its reason."""

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

from pydantic import Field

from redraft.core import Behavior, InputError, Problem, StoreError, Value
from redraft.memory.entry import Entry, Provenance, Status, Use
from redraft.memory.evidence import accuracy_in_words, lift_of, tokens_in_words
from redraft.memory.merging import Decision, Similarity, duplicate, free_name, shared_words
from redraft.memory.merging import decide as rule
from redraft.memory.store import Conflict, Store
from redraft.memory.uses import by_name, current

TRIES = 20
"""How often a change is decided anew because others were faster, before it is given up (ours)."""

MOST_SOURCES = 50
"""How many provenances an entry collects: further duplicates of it teach nothing new (ours)."""

Refusal = Callable[[Behavior, Problem | None], str | None]
"""The gate: why a behavior may not enter, or `None`. The problem may hold its gold answer."""

Decide = Callable[[Behavior, Sequence[Entry]], Awaitable[Decision]]
"""Decides about a new behavior beside all entries, whatever their status."""

T = TypeVar("T")


class Candidate(Value):
    """A behavior that asks to enter; `problem` is the one that it was learnt from, for the gate."""

    behavior: Behavior
    topic: str = ""
    provenance: Provenance = Provenance()
    problem: Problem | None = None


class Outcome(Value):
    """What was done about a behavior; `name` is the entry's, where there is one."""

    name: str
    did: Literal["added", "merged", "unchanged", "dropped", "refused"] | Status
    reason: str = ""


class Policy(Value):
    """When evidence moves a behavior to another status; all thresholds are ours.

    `cited_right`: so many right solutions that cite it make a candidate active, unless its lift in
    accuracy lies below 0 for sure. `dead_after`: shown so often without one citation, a behavior
    is retired, unless it helps for sure or no behavior at all is ever cited. `sure` is the
    confidence of the intervals: above the 95 % of reports, since every judgement looks at all
    behaviors again, and each look may be misled by chance.
    """

    cited_right: int = Field(default=5, ge=1)
    dead_after: int = Field(default=50, ge=1)
    sure: float = Field(default=0.99, gt=0, lt=1)


@dataclass(frozen=True, slots=True)
class _View:
    """The entries by name, as they were at a version."""

    version: int
    entries: dict[str, Entry]


async def by_rules(
    new: Behavior,
    entries: Sequence[Entry],
    *,
    similarity: Similarity = shared_words,
    threshold: float = 0.85,
) -> Decision:
    """`merging.decide` as a `Decide`, with settings that `functools.partial` can fix."""
    return rule(new, entries, similarity=similarity, threshold=threshold)


async def propose(
    store: Store, candidates: Sequence[Candidate], *, refusal: Refusal, decide: Decide = by_rules
) -> list[Outcome]:
    """Let `candidates` in, one revision each; one outcome for each, in order.

    What the gate refuses is not written. Where `decide` rewords a behavior, the gate reads the new
    words too; a decision that does not fit the entries gives way to the rules. To propose again
    what was learnt from the same place changes nothing. Raises `StoreError`.
    """
    outcomes: list[Outcome] = []
    view: _View | None = None
    for candidate in candidates:
        refused = refusal(candidate.behavior, candidate.problem)
        if refused is not None:
            outcomes.append(_refused(candidate, refused))
            continue
        outcome, view = await _write(store, partial(_enter, candidate, refusal, decide), view)
        outcomes.append(outcome)
    return outcomes


async def judge(store: Store, *, policy: Policy = Policy()) -> list[Outcome]:
    """Move behaviors between statuses on the evidence of all uses of what they say now.

    One outcome for each moved; all moves are one write. Without new uses, a second judgement moves
    nothing. Raises `StoreError`.
    """

    async def decided(view: _View) -> tuple[list[Outcome], list[Entry]]:
        uses = await store.uses(view.version)
        named = by_name(current(view.entries.values(), uses))
        citing = any(use.shown and use.cited for use in uses)
        moved = [
            entry.model_copy(update={"status": move[0], "reason": move[1]})
            for entry in view.entries.values()
            if (move := next_status(entry, named.get(entry.name, []), policy, citing=citing))
        ]
        return [Outcome(name=one.name, did=one.status, reason=one.reason) for one in moved], moved

    outcomes, _ = await _write(store, decided)
    return outcomes


async def set_status(store: Store, name: str, status: Status, reason: str) -> Outcome:
    """Give the entry `name` a status by hand; `judge` may move it again on the same evidence.

    Raises `InputError` where there is no such entry, and `StoreError`.
    """

    async def decided(view: _View) -> tuple[Outcome, list[Entry]]:
        entry = view.entries.get(name)
        if entry is None:
            raise InputError(f"no behavior {name!r} in this handbook{_near(name, view)}")
        if entry.status == status:
            return Outcome(name=name, did="unchanged", reason=f"it is {status} already"), []
        moved = entry.model_copy(update={"status": status, "reason": reason})
        return Outcome(name=name, did=status, reason=reason), [moved]

    outcome, _ = await _write(store, decided)
    return outcome


def next_status(
    entry: Entry, uses: Sequence[Use], policy: Policy, *, citing: bool
) -> tuple[Status, str] | None:
    """Where `uses`, all of this entry, move it, and why; `None` for nowhere.

    `citing` says whether any behavior was ever cited. What is quarantined or retired stays so
    until a person moves it.
    """
    if entry.status in ("quarantined", "retired"):
        return None
    accuracy, tokens = lift_of(uses, policy.sure)
    low, high = accuracy.interval or (0.0, 0.0)
    cheaper, dearer = tokens.interval or (0.0, 0.0)
    if high < 0:
        return "quarantined", f"fewer right answers with it: {accuracy_in_words(accuracy)}"
    if not accuracy.tells and cheaper > 0:
        return "quarantined", f"longer, and not better for it: {tokens_in_words(tokens)}"
    shown = [use for use in uses if use.shown]
    cited = sum(use.cited for use in shown)
    helps = low > 0 or dearer < 0
    if citing and not cited and not helps and len(shown) >= policy.dead_after:
        return "retired", f"dead weight: shown {len(shown):,} times, never cited"
    right = sum(use.cited and use.correct for use in shown)
    if entry.status == "candidate" and right >= policy.cited_right:
        words = accuracy_in_words(accuracy)
        return "active", f"cited by {right:,} right solutions; {words}"
    return None


async def _enter(
    candidate: Candidate, refusal: Refusal, decide: Decide, view: _View
) -> tuple[Outcome, list[Entry]]:
    behavior, entries = candidate.behavior, list(view.entries.values())
    known = _learnt(candidate, entries)
    if known is not None:
        return _unchanged(known.name), []
    decision = await decide(behavior, entries)
    if decision.action == "merge" and decision.into not in view.entries:
        decision = rule(behavior, entries)
    if decision.action == "drop":
        return Outcome(name=behavior.name, did="dropped", reason=decision.reason), []
    into = view.entries.get(decision.into or "") if decision.action == "merge" else None
    words = decision.instruction or (into.instruction if into else behavior.instruction)
    if words not in (behavior.instruction, into.instruction if into else ""):
        refused = refusal(Behavior(name=behavior.name, instruction=words), candidate.problem)
        if refused is not None:
            return _refused(candidate, f"as reworded: {refused}"), []
    if into is not None:
        return _merge(candidate, words, decision.reason, into)
    new = Entry(
        name=free_name(behavior.name, view.entries),
        instruction=words,
        topic=candidate.topic,
        reason=decision.reason,
        provenance=(candidate.provenance,),
    )
    return Outcome(name=new.name, did="added", reason=new.reason), [new]


def _merge(
    candidate: Candidate, words: str, reason: str, into: Entry
) -> tuple[Outcome, list[Entry]]:
    if _names_source(candidate) and candidate.provenance in into.provenance:
        return _unchanged(into.name), []
    sources = tuple(dict.fromkeys((*into.provenance, candidate.provenance)))[:MOST_SOURCES]
    if sources == into.provenance and words == into.instruction:
        return Outcome(name=into.name, did="unchanged", reason=reason), []
    merged = into.model_copy(
        update={
            "instruction": words,
            "topic": into.topic or candidate.topic,
            "reason": reason,
            "provenance": sources,
        }
    )
    return Outcome(name=into.name, did="merged", reason=reason), [merged]


def _learnt(candidate: Candidate, entries: Sequence[Entry]) -> Entry | None:
    """The entry that this very candidate went into, as far as name and words can tell."""
    if not _names_source(candidate):
        return None
    same = [entry for entry in entries if candidate.provenance in entry.provenance]
    named = next((entry for entry in same if entry.name == candidate.behavior.name), None)
    found = duplicate(candidate.behavior, same)
    return named or (found[0] if found else None)


def _names_source(candidate: Candidate) -> bool:
    # What a person wrote comes from nowhere, and coming from there twice means nothing.
    return candidate.provenance != Provenance()


def _refused(candidate: Candidate, reason: str) -> Outcome:
    return Outcome(name=candidate.behavior.name, did="refused", reason=reason)


def _unchanged(name: str) -> Outcome:
    return Outcome(name=name, did="unchanged", reason="learnt from the same place before")


def _near(name: str, view: _View) -> str:
    near = difflib.get_close_matches(name, view.entries, n=3)
    return (
        f"; did you mean {', '.join(map(repr, near))}?"
        if near
        else "; `redraft handbook list` shows what it has"
    )


async def _write(
    store: Store,
    decided: Callable[[_View], Awaitable[tuple[T, list[Entry]]]],
    view: _View | None = None,
) -> tuple[T, _View | None]:
    """Read, decide and write, and again from the start if somebody else was faster.

    `view` saves reading what is known. Returns what was decided, and the view after it as far as
    it is known.
    """
    for _ in range(TRIES):
        view = await _read(store, view)
        outcome, entries = await decided(view)
        if not entries:
            return outcome, view
        try:
            version = await store.write(entries, read=view.version)
        except Conflict:
            view = None
            continue
        return outcome, _after(view, entries, version)
    raise StoreError(
        f"handbook {store.id}: others changed the same behaviors {TRIES} times; start the same "
        "command again when they are done"
    )


async def _read(store: Store, known: _View | None) -> _View:
    version = await store.version()
    if known is not None and known.version == version:
        return known
    return _View(version, {entry.name: entry for entry in await store.entries(version)})


def _after(view: _View, written: list[Entry], version: int) -> _View | None:
    # Any other version in between means that somebody else wrote something too.
    if version != view.version + 1:
        return None
    new = {one.name: one.model_copy(update={"version": version}) for one in written}
    return _View(version, dict(sorted({**view.entries, **new}.items())))
