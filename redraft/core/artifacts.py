"""What agents make: drafts, critiques, verdicts, workspaces, hints, behaviors, labels, teams.

Each artifact knows its parents (the artifacts that its author was shown) and the calls that
wrote it, so that cost, provenance and training data can be read off the graph they form.
"""

from typing import Annotated, Literal

from pydantic import Field

from redraft.core.messages import Usage
from redraft.core.recall import ErrorType, Example
from redraft.core.values import Value

Outcome = Literal["passed", "failed", "unknown"]
Evidence = Literal["symbolic", "executed", "formal", "model"]


class Artifact(Value):
    """What all artifacts share. `calls` are journal keys; `usage` is this artifact's own cost."""

    id: str = ""
    parents: tuple[str, ...] = ()
    agent: str = ""
    role: str = ""
    model: str = ""
    calls: tuple[str, ...] = ()
    usage: Usage = Usage()


class Solution(Artifact):
    """A full attempt: its visible text and the answer read from it (`None` when there is none).

    `truncated` says that the text ended at its token cap.
    """

    kind: Literal["solution"] = "solution"
    text: str
    answer: str | None = None
    truncated: bool = False


class Step(Value):
    """A critic's judgement of one step of a solution; `index` counts from 1."""

    index: int
    quote: str = ""
    correct: bool
    comment: str = ""


class Critique(Artifact):
    """A step-by-step judgement. `first_error` is the first wrong step, from 1, or -1 for none."""

    kind: Literal["critique"] = "critique"
    steps: tuple[Step, ...] = ()
    first_error: int = -1
    final_correct: bool
    text: str = ""


class Verdict(Artifact):
    """Whether an answer holds, and what kind of evidence says so."""

    kind: Literal["verdict"] = "verdict"
    outcome: Outcome
    score: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    evidence: Evidence = "symbolic"
    comment: str = ""


class Workspace(Artifact):
    """Bounded text that carries many drafts into the next round; never holds thinking."""

    kind: Literal["workspace"] = "workspace"
    text: str


class Hint(Artifact):
    """A teacher's help that does not contain the answer."""

    kind: Literal["hint"] = "hint"
    text: str


class Analysis(Artifact):
    """A list of flaws found in one's own solution, before rewriting it."""

    kind: Literal["analysis"] = "analysis"
    text: str


class Selection(Artifact):
    """Which of several drafts to carry on: their places in the list shown, from 0, best first."""

    kind: Literal["selection"] = "selection"
    best: tuple[int, ...]


class Reflection(Artifact):
    """A look back at a solution: is it right, and which behaviors would have shortened it."""

    kind: Literal["reflection"] = "reflection"
    text: str


class Explanation(Artifact):
    """What went wrong in an attempt, told beside a right solution; its parents are the two."""

    kind: Literal["explanation"] = "explanation"
    error: ErrorType
    text: str


class Behavior(Value):
    """How to go about problems of a kind, in words that solve none of them (arXiv 2509.13237).

    `name` begins with `behavior_`.
    """

    name: str
    instruction: str


class Behaviors(Artifact):
    """The behaviors that a solution and the reflection on it are worth; may be none."""

    kind: Literal["behaviors"] = "behaviors"
    items: tuple[Behavior, ...]


class Merging(Artifact):
    """What is to become of a behavior beside others like it, as an agent sees it.

    `merge` goes into the one at the place `into`, from 0, which may then say `instruction`.
    """

    kind: Literal["merging"] = "merging"
    action: Literal["merge", "keep", "drop"]
    into: int = -1
    instruction: str = ""
    reason: str = ""


class Recalled(Artifact):
    """The behaviors that memory had for a problem, at `version`.

    `shown` went into the prompt; `held` were kept out of it by chance, so that what behaviors are
    worth can be measured. `all_held` says that this problem was to be solved without any.
    """

    kind: Literal["recalled"] = "recalled"
    version: str
    shown: tuple[Behavior, ...] = ()
    held: tuple[Behavior, ...] = ()
    all_held: bool = False


class Examples(Artifact):
    """The solved problems that went into a prompt: memory's at `version`.

    An actor that recalled one of its own leaves `version` empty.
    """

    kind: Literal["examples"] = "examples"
    version: str = ""
    shown: tuple[Example, ...] = ()


class Labels(Artifact):
    """The skills that a problem takes, or that a solution lacked, as they were named."""

    kind: Literal["labels"] = "labels"
    names: tuple[str, ...]


class Recurrence(Artifact):
    """Whether a solution repeats a known mistake: its place among those shown, from 0, or -1."""

    kind: Literal["recurrence"] = "recurrence"
    mistake: int = -1
    text: str = ""


class Team(Artifact):
    """Who is to solve a problem: one line for each agent that says who it is."""

    kind: Literal["team"] = "team"
    roles: tuple[str, ...]


AnyArtifact = Annotated[
    Solution
    | Critique
    | Verdict
    | Workspace
    | Hint
    | Analysis
    | Selection
    | Reflection
    | Explanation
    | Behaviors
    | Merging
    | Recalled
    | Examples
    | Labels
    | Recurrence
    | Team,
    Field(discriminator="kind"),
]
