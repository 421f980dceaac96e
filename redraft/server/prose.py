"""What agents make, in a sentence each: short, and with nothing in it that Markdown reads."""

from collections import Counter
from collections.abc import Iterable, Sequence

from redraft.core import (
    Analysis,
    Artifact,
    Behaviors,
    Critique,
    Examples,
    Explanation,
    Hint,
    Labels,
    Recalled,
    Recurrence,
    Reflection,
    Selection,
    Solution,
    Team,
    Verdict,
    Workspace,
)

BRIEF = 120
CHOSEN = {"vote": "The vote goes to", "board": "The best draft on the board says"}
"""Who enters a solution that somebody else wrote."""
_QUOTE = 300
_MANY = 8
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_<>[]|~#"})
_OUTCOMES = {
    "passed": "The verifier accepts the answer",
    "failed": "The verifier rejects the answer",
    "unknown": "The verifier cannot decide",
}


def quoted(text: str, most: int = _QUOTE) -> str:
    """`text` on one line, cut after `most` characters, with nothing in it that Markdown reads."""
    line = " ".join(text[: 4 * most].split())
    short = line if len(line) <= most else f"{line[:most]}…"
    return short.translate(_MARKS)


def listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    every = [quoted(name, BRIEF) for name in names]
    more = len(every) - _MANY
    return ", ".join(every[:_MANY]) + (f" and {more} more" if more > 0 else "")


def compared(drafts: Sequence[Solution]) -> str:
    """What drafts answer and how far they agree, and what they cost."""
    tokens = sum(draft.usage.output for draft in drafts)
    cost = f"; {tokens:,} tokens" if tokens else ""
    if len(drafts) == 1:
        return f"One draft: {_said(drafts[0].answer)}{cost}."
    counted = Counter(draft.answer for draft in drafts)
    if len(counted) == 1:
        answer = drafts[0].answer
        same = "none gives an answer to compare" if answer is None else f"all {_said(answer)}"
        return f"{len(drafts)} drafts: {same}{cost}."
    most = counted.most_common(4)
    shares = ", ".join(f"{count} {_said(answer)}" for answer, count in most)
    others = len(drafts) - sum(count for _, count in most)
    return f"{len(drafts)} drafts: {shares}{f', {others} others' if others else ''}{cost}."


def judged(artifact: Artifact) -> str:
    """What somebody thinks of a draft; empty for what is no judgement."""
    match artifact:
        case Solution(agent=chooser, answer=answer) if chooser in CHOSEN:
            said = "" if answer is None else f"{CHOSEN[chooser]} {quoted(answer, 60)}."
        case Critique():
            said = _criticised(artifact)
        case Verdict(outcome=outcome, comment=comment):
            said = f"{_OUTCOMES[outcome]}{_because(comment)}"
        case Analysis(text=text):
            said = f"Flaws found: “{quoted(text)}”"
        case Reflection(text=text):
            said = f"Looking back: “{quoted(text)}”"
        case Explanation(error=error, text=text):
            said = f"A mistake of the kind {error}: “{quoted(text)}”"
        case Recurrence(mistake=mistake, text=text) if mistake >= 0:
            said = f"A known mistake again{_because(text)}"
        case Recurrence():
            said = "No known mistake in it."
        case Selection(best=best):
            said = f"Carried on: {listed(f'draft {place + 1}' for place in best)}."
        case _:
            said = ""
    return said


def gathered(artifact: Artifact) -> str:
    """What is laid out for the next draft; empty for what is not."""
    match artifact:
        case Workspace(text=text):
            said = f"What is carried on: “{quoted(text)}”"
        case Hint(text=text):
            said = f"The teacher hints: “{quoted(text)}”"
        case Recalled(shown=shown) if shown:
            said = f"From the handbook: {listed(one.name for one in shown)}."
        case Recalled(held=held) if held:
            said = "The handbook stays closed, by chance: so its worth is measured."
        case Recalled():
            said = "The handbook has nothing for this."
        case Behaviors(items=items) if items:
            said = f"Worth remembering: {listed(one.name for one in items)}."
        case Examples(shown=shown) if shown:
            said = f"From memory: {len(shown)} solved problem{'' if len(shown) == 1 else 's'}."
        case Examples():
            said = "Memory has no solved problem like this."
        case Labels(names=names) if names:
            said = f"Skills: {listed(names)}."
        case Team(roles=roles):
            said = f"The team: {listed(roles)}."
        case _:
            said = ""
    return said


def _said(answer: str | None) -> str:
    return "without an answer" if answer is None else f"answer {quoted(answer, 60)}"


def _criticised(critique: Critique) -> str:
    if critique.final_correct:
        return "The critic finds no error."
    if critique.first_error <= 0:
        return "The critic does not accept the answer."
    wrong = [step for step in critique.steps if step.index == critique.first_error]
    quote = f" (“{quoted(wrong[0].quote, BRIEF)}”)" if wrong and wrong[0].quote.strip() else ""
    why = _because(wrong[0].comment if wrong else "")
    return f"The critic finds the first error in step {critique.first_error}{quote}{why}"


def _because(text: str) -> str:
    """The reason that ends a sentence; the full stop alone where there is none."""
    return f": “{quoted(text, BRIEF)}”" if text.strip() else "."
