"""The values that a handbook keeps: behaviors with their history, and what became of their uses."""

from hashlib import blake2b
from typing import Literal

from pydantic import Field

from redraft.core import Behavior, Example, Problem, Value

Status = Literal["candidate", "active", "quarantined", "retired"]
"""Candidates and active behaviors are recalled; quarantined and retired ones are only kept."""

LIVE: tuple[Status, ...] = ("candidate", "active")
"""The statuses of what is recalled."""


_TOPIC_FIELDS = ("topic", "subject", "type")


def topic_of(problem: Problem) -> str:
    """What a problem's file says that it is about: its topic, else subject, else type, or `""`."""
    values = (problem.meta.get(field) for field in _TOPIC_FIELDS)
    return next((value for value in values if isinstance(value, str)), "")


class Provenance(Value):
    """Where a behavior was learnt: the run, the problem's key, the artifact's id, the model, and
    the hash of the prompt that asked for it. All empty for one that a person wrote."""

    run: str = ""
    problem: str = ""
    artifact: str = ""
    model: str = ""
    prompt: str = ""


class Entry(Value):
    """One revision of a behavior: what it said, and what it was, from `version` on.

    `reason` says in a line why this revision was written. A handbook never loses a revision.
    """

    name: str
    instruction: str
    topic: str = ""
    status: Status = "candidate"
    reason: str = ""
    provenance: tuple[Provenance, ...] = ()
    version: int = 0

    @property
    def behavior(self) -> Behavior:
        """What an actor is told."""
        return Behavior(name=self.name, instruction=self.instruction)

    @property
    def wording(self) -> str:
        """Names what this revision says; see `Use`."""
        return wording_of(self.instruction)


class Use(Value):
    """A problem for which a behavior was recalled, with its checked outcome.

    `shown` is false where it was held back to measure what it is worth, `all_held` where every
    behavior was. `cited` says that the solution names it. `tokens` are those of the solution's
    own call, input and output apart. `wording` names what the behavior said then (see
    `wording_of`): it is no evidence of other words. Uses without it are of a time before it was
    kept, and count for whatever the behavior says.
    """

    run: str
    problem: str
    name: str
    shown: bool
    all_held: bool = False
    cited: bool = False
    correct: bool
    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    wording: str = ""


def wording_of(instruction: str) -> str:
    """The same 12 hexadecimal digits for the same instruction, and others for any other."""
    return blake2b(instruction.encode(errors="backslashreplace"), digest_size=6).hexdigest()


class Kept(Value):
    """One revision of an example: what it said, and whether it was shown, from `version` on.

    What is retired stays, with the `reason`, and is shown no more.
    """

    example: Example
    status: Literal["active", "retired"] = "active"
    reason: str = ""
    version: int = 0

    @property
    def id(self) -> str:
        """Names the example in 12 hexadecimal digits, the same in all of its revisions."""
        text = "\x1f".join(example_key(self.example))
        return blake2b(text.encode(errors="backslashreplace"), digest_size=6).hexdigest()


def example_key(example: Example) -> tuple[str, str]:
    """What tells an example from all others: its problem's key, and a hash of its wrong attempt
    (128 bits in hexadecimal; attempts are too long for an index)."""
    return example.key, blake2b(example.wrong.encode(), digest_size=16).hexdigest()
