"""Tells in prose what a graph is doing: short, bounded, and never a raw dump of what models say."""

from collections import Counter

from redraft.core import (
    Artifact,
    ArtifactMade,
    Critique,
    Event,
    Examples,
    Hint,
    NodeStarted,
    Recalled,
    Solution,
    Verdict,
    Workspace,
)

_QUOTE = 300


class Narrator:
    """Hears the events of one run and puts what a reader wants to know into words.

    Drafts are told together when the next node begins, with what they agree on.
    """

    def __init__(self) -> None:
        self._answers: list[str | None] = []

    def hear(self, event: Event) -> str:
        """The next piece of the story; empty where there is nothing to tell."""
        match event:
            case NodeStarted(node=node):
                return f"{self.drafts()}**{node}**\n\n"
            case ArtifactMade(artifact=Solution(answer=answer)):
                self._answers.append(answer)
                return ""
            case ArtifactMade(artifact=artifact):
                told = _told(artifact)
                return f"{self.drafts()}{told}\n\n" if told else ""
            case _:
                return ""

    def drafts(self) -> str:
        """What the drafts since the last time say, and how far they agree."""
        answers, self._answers = self._answers, []
        if not answers:
            return ""
        if len(answers) == 1:
            return f"One draft: {_said(answers[0])}.\n\n"
        shares = ", ".join(
            f"{count} {_said(answer)}" for answer, count in Counter(answers).most_common(4)
        )
        return f"{len(answers)} drafts: {shares}.\n\n"


def _said(answer: str | None) -> str:
    return "without an answer" if answer is None else f"answer {_short(answer, 60)}"


def _told(artifact: Artifact) -> str:
    match artifact:
        case Critique():
            said = _judged(artifact)
        case Verdict(outcome=outcome):
            said = f"The verifier says: {outcome}."
        case Workspace(text=text):
            said = f"What is carried on:\n\n> {_short(text)}"
        case Hint(text=text):
            said = f"The teacher hints: {_short(text)}"
        case Recalled(shown=shown) if shown:
            said = f"From the handbook: {', '.join(one.name for one in shown)}."
        case Examples(shown=shown) if shown:
            said = f"From memory: {len(shown)} solved problems."
        case _:
            said = ""
    return said


def _judged(critique: Critique) -> str:
    if critique.final_correct:
        return "The critic finds no error."
    if critique.first_error > 0:
        return f"The critic finds the first error in step {critique.first_error}."
    return "The critic does not accept the answer."


def _short(text: str, most: int = _QUOTE) -> str:
    """`text` on one line, cut after `most` characters."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[:most]}…"
