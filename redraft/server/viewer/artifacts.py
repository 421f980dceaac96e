"""What a page says of each artifact and each call: short facts, and texts with a label."""

from collections.abc import Sequence
from typing import NamedTuple

from redraft.core import (
    Analysis,
    AnyArtifact,
    Behavior,
    Behaviors,
    Critique,
    Example,
    Examples,
    Explanation,
    Hint,
    Labels,
    Merging,
    Recalled,
    Record,
    Recurrence,
    Reflection,
    Reply,
    Selection,
    Solution,
    Step,
    Team,
    Usage,
    Verdict,
    Workspace,
)

Labelled = tuple[str, str]


class CallMade(NamedTuple):
    """A call that artifacts came from, at `places`; `reply` is `None` if the journal lacks it."""

    key: str
    places: list[int]
    agent: str
    role: str
    model: str
    usage: Usage
    reply: Reply | None


def calls_of(record: Record) -> dict[str, list[int]]:
    """The calls that artifacts came from, in order, with the places of these artifacts."""
    calls: dict[str, list[int]] = {}
    for place, artifact in enumerate(record.artifacts):
        for key in artifact.calls:
            calls.setdefault(key, []).append(place)
    return calls


def calls_made(record: Record, replies: dict[str, Reply]) -> list[CallMade]:
    """Each call with what it cost; without its reply, the artifacts say what they know."""
    made: list[CallMade] = []
    for key, places in calls_of(record).items():
        artifacts = [record.artifacts[place] for place in places]
        first, reply = artifacts[0], replies.get(key)
        apart = Usage(
            input=first.usage.input,
            output=sum(artifact.usage.output for artifact in artifacts),
            estimated=True,
        )
        usage = apart if reply is None else reply.usage
        made.append(CallMade(key, places, first.agent, first.role, first.model, usage, reply))
    return made


def behaviors_used(artifacts: Sequence[AnyArtifact]) -> list[Behavior]:
    """The behaviors that prompts showed, each once."""
    shown = [b for a in artifacts if isinstance(a, Recalled) for b in a.shown]
    return list({behavior.name: behavior for behavior in shown}.values())


def facts_of(artifact: AnyArtifact) -> list[Labelled]:
    """What is short about an artifact, with names."""
    said: list[Labelled]
    match artifact:
        case Solution():
            cut = [("ended", "at its token cap")] if artifact.truncated else []
            said = [("answer", artifact.answer or "none"), *cut]
        case Critique():
            error = "none" if artifact.first_error < 1 else f"step {artifact.first_error}"
            said = [("says", _rightness(right=artifact.final_correct)), ("first error", error)]
        case Verdict():
            score = [] if artifact.score is None else [("score", f"{artifact.score:.2f}")]
            said = [("outcome", artifact.outcome), ("evidence", artifact.evidence), *score]
        case Selection():
            said = [("best", ", ".join(f"draft {place + 1}" for place in artifact.best) or "none")]
        case Explanation():
            said = [("error", artifact.error)]
        case Merging():
            said = [("action", artifact.action)]
        case Recalled():
            held = ", ".join(behavior.name for behavior in artifact.held)
            said = [("version", artifact.version), *([("held out", held)] if held else [])]
        case Examples():
            said = [("version", artifact.version)] if artifact.version else []
        case Labels():
            said = [("skills", ", ".join(artifact.names) or "none")]
        case Recurrence():
            none = artifact.mistake < 0
            said = [("repeats", "none" if none else f"mistake {artifact.mistake + 1}")]
        case _:
            said = []
    return said


def texts_of(artifact: AnyArtifact) -> list[Labelled]:
    """All that is long about an artifact, each text with its label, empty for the main one."""
    said: list[Labelled]
    match artifact:
        case Critique():
            steps = [
                (f"step {step.index}: {_rightness(right=step.correct)}", _step(step))
                for step in artifact.steps
            ]
            said = [*steps, ("in full", artifact.text)] if artifact.text else steps
        case Verdict():
            said = [("", artifact.comment)] if artifact.comment else []
        case Recalled():
            said = [(behavior.name, behavior.instruction) for behavior in artifact.shown]
        case Behaviors():
            said = [(behavior.name, behavior.instruction) for behavior in artifact.items]
        case Merging():
            said = [("says", artifact.instruction), ("reason", artifact.reason)]
        case Examples():
            said = [pair for one in artifact.shown for pair in _example(one)]
        case Team():
            said = [(f"role {i}", role) for i, role in enumerate(artifact.roles, 1)]
        case (
            Solution()
            | Workspace()
            | Hint()
            | Analysis()
            | Reflection()
            | Explanation()
            | Recurrence()
        ):
            said = [("", artifact.text)]
        case _:
            said = []
    return said


def _example(example: Example) -> list[Labelled]:
    pairs = [
        ("problem", example.problem),
        ("solution", example.solution),
        ("wrong attempt", example.wrong),
        ("what went wrong", example.explanation),
    ]
    return [pair for pair in pairs if pair[1]]


def _step(step: Step) -> str:
    return "\n".join(text for text in (step.quote, step.comment) if text)


def _rightness(*, right: bool) -> str:
    return "right" if right else "wrong"
