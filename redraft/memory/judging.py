"""Where evidence moves behaviors: each by itself, and candidates also together."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from redraft.core import Value
from redraft.memory.entry import Entry, Status, Use
from redraft.memory.evidence import accuracy_in_words, lift_of, lift_of_all, tokens_in_words
from redraft.memory.uses import by_name, current

Move = tuple[Status, str]
"""A status and the reason for it."""


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


def moves_of(entries: Sequence[Entry], uses: Sequence[Use], policy: Policy) -> dict[str, Move]:
    """Where `uses` move those of `entries`, by name, that they move.

    Each is judged by itself first, and then all candidates together: of hundreds, none is shown
    often enough to be judged alone, though they do harm. Where they do so for sure, those that
    were shown are quarantined, except for those that help for sure (ours).
    """
    named = by_name(current(entries, uses))
    citing = any(use.shown and use.cited for use in uses)
    alone = {
        entry.name: move
        for entry in entries
        if (move := _alone(entry, named.get(entry.name, []), policy, citing=citing))
    }
    unproven = {
        entry.name: named[entry.name]
        for entry in entries
        if entry.status == "candidate" and entry.name in named and entry.name not in alone
    }
    return alone | _together(unproven, policy)


def _alone(entry: Entry, uses: Sequence[Use], policy: Policy, *, citing: bool) -> Move | None:
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


def _together(candidates: Mapping[str, Sequence[Use]], policy: Policy) -> dict[str, Move]:
    """Where the uses of all `candidates`, by name, move those of them that were shown."""
    accuracy, _, _ = lift_of_all([use for uses in candidates.values() for use in uses], policy.sure)
    if accuracy.interval is None or accuracy.interval[1] >= 0:
        return {}
    reason = f"fewer right answers with all candidates: {accuracy_in_words(accuracy)}"
    return {
        name: ("quarantined", reason)
        for name, uses in candidates.items()
        if any(use.shown for use in uses) and not _helps(uses, policy)
    }


def _helps(uses: Sequence[Use], policy: Policy) -> bool:
    accuracy, _ = lift_of(uses, policy.sure)
    return accuracy.interval is not None and accuracy.interval[0] > 0
