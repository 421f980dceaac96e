"""The curator: how a handbook changes. New behaviors pass the gate and are merged or added, and
evidence moves the others between statuses; each change is a revision with its reason."""

import difflib
from collections.abc import Sequence
from functools import partial

from redraft.core import Behavior, InputError, Problem, Value
from redraft.memory.changing import Outcome, View, change
from redraft.memory.entry import LIVE, Entry, Provenance, Status
from redraft.memory.folding import enriched, fold
from redraft.memory.gate import Refusal
from redraft.memory.judging import Policy, moves_of
from redraft.memory.merging import Decide, by_rules, duplicate, free_name
from redraft.memory.merging import decide as rule
from redraft.memory.store import Store


class Candidate(Value):
    """A behavior that asks to enter; `problem` is the one that it was learnt from, for the gate."""

    behavior: Behavior
    topic: str = ""
    provenance: Provenance = Provenance()
    problem: Problem | None = None


async def propose(
    store: Store, candidates: Sequence[Candidate], *, refusal: Refusal, decide: Decide = by_rules
) -> list[Outcome]:
    """Let `candidates` in, one revision each; one outcome for each, in order.

    What the gate refuses is not written. Where `decide` rewords a behavior, the gate reads the new
    words too; a decision that does not fit the entries gives way to the rules. Only a candidate
    takes new words in a merge: of the others there is evidence. Where others write at the same
    time, what was added is put to `decide` again beside what is new. To propose again what was
    learnt from the same place changes nothing. Raises `StoreError`, and what `decide` raises.
    """
    outcomes: list[Outcome] = []
    view: View | None = None
    for candidate in candidates:
        refused = refusal(candidate.behavior, candidate.problem)
        if refused is not None:
            outcomes.append(_refused(candidate, refused))
            continue
        made = await change(store, partial(_enter, candidate, refusal, decide), view)
        outcome, view = made.outcome, made.view
        if outcome.did == "added" and view is None:
            again = await change(store, partial(_enter_late, outcome, decide, made.read))
            outcome, view = again.outcome, again.view
        outcomes.append(outcome)
    return outcomes


async def judge(store: Store, *, policy: Policy = Policy()) -> list[Outcome]:
    """Move behaviors between statuses on the evidence of all uses of what they say now.

    One outcome for each moved; all moves are one write. Without new uses, a second judgement moves
    nothing. See `Policy` for when. Raises `StoreError`.
    """

    async def decided(view: View) -> tuple[list[Outcome], list[Entry]]:
        uses = await store.uses(view.version)
        moves = moves_of(list(view.entries.values()), uses, policy)
        moved = [
            view.entries[name].model_copy(update={"status": status, "reason": reason})
            for name, (status, reason) in moves.items()
        ]
        return [Outcome(name=one.name, did=one.status, reason=one.reason) for one in moved], moved

    return (await change(store, decided)).outcome


async def set_status(store: Store, name: str, status: Status, reason: str) -> Outcome:
    """Give the entry `name` a status by hand; `judge` may move it again on the same evidence.

    Raises `InputError` where there is no such entry, and `StoreError`.
    """

    async def decided(view: View) -> tuple[Outcome, list[Entry]]:
        entry = view.entries.get(name)
        if entry is None:
            raise InputError(f"no behavior {name!r} in this handbook{_near(name, view)}")
        if entry.status == status:
            return Outcome(name=name, did="unchanged", reason=f"it is {status} already"), []
        moved = entry.model_copy(update={"status": status, "reason": reason})
        return Outcome(name=name, did=status, reason=reason), [moved]

    return (await change(store, decided)).outcome


async def _enter(
    candidate: Candidate, refusal: Refusal, decide: Decide, view: View
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
    if into is not None and into.status != "candidate":
        words = into.instruction
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
    sources = (candidate.provenance,)
    merged = enriched(into, sources, reason, words=words, topic=candidate.topic)
    if merged is into:
        return Outcome(name=into.name, did="unchanged", reason=reason), []
    return Outcome(name=into.name, did="merged", reason=reason), [merged]


async def _enter_late(
    outcome: Outcome, decide: Decide, read: int, view: View
) -> tuple[Outcome, list[Entry]]:
    """What becomes of the entry that `outcome` added, beside those newer than `read`.

    A store lets two writers add the same under two names at once. The later one of them sees the
    other's here, and folds its own.
    """
    mine = view.entries[outcome.name]
    others = [
        entry
        for entry in view.entries.values()
        if entry.version > read and entry.status in LIVE and entry.name != mine.name
    ]
    if mine.status not in LIVE or not others:
        return outcome, []
    decision = await decide(mine.behavior, others)
    into = next((entry for entry in others if entry.name == decision.into), None)
    if decision.action == "drop":
        dropped = mine.model_copy(update={"status": "retired", "reason": decision.reason})
        return Outcome(name=mine.name, did="dropped", reason=decision.reason), [dropped]
    if decision.action == "add" or into is None:
        return outcome, []
    retired, merged = fold(mine, into, "added at the same time")
    written = [retired] if merged is into else [retired, merged]
    return Outcome(name=into.name, did="merged", reason=decision.reason), written


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


def _near(name: str, view: View) -> str:
    near = difflib.get_close_matches(name, view.entries, n=3)
    return (
        f"; did you mean {', '.join(map(repr, near))}?"
        if near
        else "; `redraft handbook list` shows what it has"
    )
