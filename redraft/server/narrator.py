"""Tells in prose what a graph is doing: short, bounded, and never a raw dump of what models say."""

from collections import Counter
from collections.abc import Iterable

from redraft.core import (
    Analysis,
    Artifact,
    ArtifactMade,
    Behaviors,
    Critique,
    Event,
    Examples,
    Explanation,
    Hint,
    Labels,
    NodeStarted,
    Recalled,
    Recurrence,
    Reflection,
    Selection,
    Solution,
    Team,
    Verdict,
    Workspace,
)

MOST = 16_000
_QUOTE = 300
_BRIEF = 120
_MANY = 8
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_<>[]|~#"})
_ENOUGH = "More happened than is told here.\n\n"


class Narrator:
    """Hears the events of one run and puts what a reader wants to know into words.

    Drafts are told together when the next node begins, with what they agree on. After `most`
    characters it falls silent.
    """

    def __init__(self, most: int = MOST) -> None:
        self._answers: list[str | None] = []
        self._left = most

    def hear(self, event: Event) -> str:
        """The next piece of the story; empty where there is nothing to tell."""
        match event:
            case NodeStarted(node=node):
                return self._bounded(f"{self._drafts()}**{quoted(node, _BRIEF)}**\n\n")
            case ArtifactMade(artifact=Solution(agent="vote")):
                return ""
            case ArtifactMade(artifact=Solution(answer=answer)):
                self._answers.append(answer)
                return ""
            case ArtifactMade(artifact=artifact):
                told = _judged(artifact) or _gathered(artifact)
                return self._bounded(f"{self._drafts()}{told}\n\n") if told else ""
            case _:
                return ""

    def drafts(self) -> str:
        """What the drafts since the last time say, and how far they agree."""
        return self._bounded(self._drafts())

    def _drafts(self) -> str:
        answers, self._answers = self._answers, []
        if not answers:
            return ""
        if len(answers) == 1:
            return f"One draft: {_said(answers[0])}.\n\n"
        counted = Counter(answers).most_common(4)
        shares = ", ".join(f"{count} {_said(answer)}" for answer, count in counted)
        others = len(answers) - sum(count for _, count in counted)
        return f"{len(answers)} drafts: {shares}{f', {others} others' if others else ''}.\n\n"

    def _bounded(self, story: str) -> str:
        if len(story) <= self._left:
            self._left -= len(story)
            return story
        last, self._left = _ENOUGH if self._left else "", 0
        return last


def quoted(text: str, most: int = _QUOTE) -> str:
    """`text` on one line, cut after `most` characters, with nothing in it that Markdown reads."""
    line = " ".join(text[: 4 * most].split())
    short = line if len(line) <= most else f"{line[:most]}…"
    return short.translate(_MARKS)


def _said(answer: str | None) -> str:
    return "without an answer" if answer is None else f"answer {quoted(answer, 60)}"


def _judged(artifact: Artifact) -> str:
    """What somebody thinks of a draft."""
    match artifact:
        case Critique():
            said = _criticised(artifact)
        case Verdict(outcome=outcome, comment=comment):
            said = f"The verifier says: {outcome}{_because(comment)}."
        case Analysis(text=text):
            said = f"Flaws found: “{quoted(text)}”"
        case Reflection(text=text):
            said = f"Looking back: “{quoted(text)}”"
        case Explanation(error=error, text=text):
            said = f"A mistake of the kind {error}: “{quoted(text)}”"
        case Recurrence(mistake=mistake, text=text) if mistake >= 0:
            said = f"A known mistake again{_because(text)}."
        case Recurrence():
            said = "No known mistake in it."
        case Selection(best=best):
            said = f"Carried on: {_listed(f'draft {place + 1}' for place in best)}."
        case _:
            said = ""
    return said


def _gathered(artifact: Artifact) -> str:
    """What is laid out for the next draft."""
    match artifact:
        case Workspace(text=text):
            said = f"What is carried on: “{quoted(text)}”"
        case Hint(text=text):
            said = f"The teacher hints: “{quoted(text)}”"
        case Recalled(shown=shown) if shown:
            said = f"From the handbook: {_listed(one.name for one in shown)}."
        case Behaviors(items=items) if items:
            said = f"Worth remembering: {_listed(one.name for one in items)}."
        case Examples(shown=shown) if shown:
            said = f"From memory: {len(shown)} solved problem{'' if len(shown) == 1 else 's'}."
        case Labels(names=names) if names:
            said = f"Skills: {_listed(names)}."
        case Team(roles=roles):
            said = f"The team: {_listed(roles)}."
        case _:
            said = ""
    return said


def _criticised(critique: Critique) -> str:
    if critique.final_correct:
        return "The critic finds no error."
    if critique.first_error <= 0:
        return "The critic does not accept the answer."
    wrong = [step for step in critique.steps if step.index == critique.first_error]
    quote = f" (“{quoted(wrong[0].quote, _BRIEF)}”)" if wrong and wrong[0].quote.strip() else ""
    why = _because(wrong[0].comment) if wrong else ""
    return f"The critic finds the first error in step {critique.first_error}{quote}{why}."


def _because(text: str) -> str:
    return f": “{quoted(text, _BRIEF)}”" if text.strip() else ""


def _listed(names: Iterable[str]) -> str:
    every = [quoted(name, _BRIEF) for name in names]
    more = len(every) - _MANY
    return ", ".join(every[:_MANY]) + (f" and {more} more" if more > 0 else "")
