"""The audit of a handbook: what a person should look at, found without any model."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from redraft.core import Value
from redraft.memory.audit_words import contradictions, duplicates
from redraft.memory.entry import LIVE, Entry, Use
from redraft.memory.gate import form
from redraft.memory.gate_injection import injection
from redraft.memory.gate_numbers import ANYWHERE, Number, numbers
from redraft.memory.gate_text import fold, quoted
from redraft.memory.uses import current

FindingKind = Literal["duplicate", "leak", "injection", "form", "dead weight", "contradiction"]

SHOWN_WITHOUT_CITATION = 20
USES_WITHOUT_RECALL = 200
"""After so many uses of the handbook, what was never recalled is dead weight (ours)."""

TURNS_WITHOUT_RECALL = 5
"""And after so many for each behavior: a large handbook takes its time (ours)."""

# Minutes, hours, months, degrees, days of a year, grams and metres: known without any problem.
_KNOWN = frozenset((12, 24, 60, 90, 180, 360, 365, 1000, 3600))


class Finding(Value):
    """Something wrong with the behavior `name`; `detail` says what, in one line."""

    name: str
    kind: FindingKind
    detail: str


def audit(
    entries: Sequence[Entry],
    uses: Sequence[Use] = (),
    similar: Callable[[Entry, Entry], float] | None = None,
    *,
    before: Mapping[str, int] | None = None,
) -> list[Finding]:
    """All findings about candidates and active behaviors, by name; 10,000 take a few seconds.

    Form and injection are the gate's rules; a leak is a number of several digits, since the
    problem is not known here. Duplicates and contradictions name the other behavior, an active
    one before a candidate. `similar`, in [0, 1], may find duplicates in other words: it is asked
    about pairs that share many words. Dead weight was shown at least 20 times and never cited, or
    never recalled in the last 200 uses or more, and 5 for each of `entries`; `before` tells how
    many of `uses` there were when a behavior entered (0 where it is silent).
    """
    live = [entry for entry in entries if entry.status in LIVE]
    live.sort(key=lambda entry: (entry.status != "active", entry.name))
    findings = [finding for entry in live for finding in flaws(entry)]
    # Of all entries, put away or not: so putting some away condemns no others.
    enough = max(USES_WITHOUT_RECALL, TURNS_WITHOUT_RECALL * len(entries))
    findings += _dead_weight(live, uses, before or {}, enough)
    findings += [
        Finding(name=one.name, kind="duplicate", detail=f"says the same as {other.name} ({how})")
        for one, other, how in duplicates(live, similar)
    ]
    findings += [
        Finding(
            name=one.name,
            kind="contradiction",
            detail=f"says the opposite of {other.name}: {quoted(other.instruction)}",
        )
        for one, other in contradictions(live)
    ]
    return sorted(findings, key=lambda finding: (finding.name, finding.kind))


def flaws(entry: Entry) -> list[Finding]:
    """What is wrong with `entry` by itself: its form, an injection, a leak."""
    found: list[Finding] = []
    malformed = form(entry.behavior)
    if malformed is not None:
        found.append(Finding(name=entry.name, kind="form", detail=malformed))
    steers = injection(entry.behavior)
    if steers is not None:
        found.append(Finding(name=entry.name, kind="injection", detail=steers))
    long = sorted(str(n) for n in numbers(fold(entry.instruction)) if _of_a_problem(n))
    if long:
        detail = f"holds numbers of several digits: {quoted(', '.join(long))}"
        found.append(Finding(name=entry.name, kind="leak", detail=detail))
    return found


def _of_a_problem(number: Number) -> bool:
    if isinstance(number, str):
        return True
    several_digits = number >= 10 or number.denominator >= 10
    return several_digits and number not in ANYWHERE and number not in _KNOWN


def _dead_weight(
    entries: Sequence[Entry], uses: Sequence[Use], before: Mapping[str, int], enough: int
) -> list[Finding]:
    recalled, telling = {use.name for use in uses}, current(entries, uses)
    cited = {use.name for use in telling if use.cited}
    shown = Counter(use.name for use in telling if use.shown)
    found: list[Finding] = []
    for entry in entries:
        since = len(uses) - before.get(entry.name, 0)
        if shown[entry.name] >= SHOWN_WITHOUT_CITATION and entry.name not in cited:
            detail = f"was shown {shown[entry.name]} times and never cited"
        elif entry.name not in recalled and since >= enough:
            detail = f"was never recalled in {since} uses of the handbook"
        else:
            continue
        found.append(Finding(name=entry.name, kind="dead weight", detail=detail))
    return found
