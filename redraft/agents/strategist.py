"""The strategist: looks back at a solution, names the behaviors worth keeping from it, and says
which of them are known already.

Reflection and extraction are two calls, as in Metacognitive Reuse (arXiv 2509.13237).
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from pydantic import BaseModel

from redraft.agents.agent import Agent
from redraft.agents.reading import MOST_CHARACTERS, read_json
from redraft.core import (
    Behavior,
    Behaviors,
    Choice,
    Context,
    Merging,
    OutputError,
    Problem,
    Reflection,
    Sampling,
)

_BEHAVIOR = re.compile(r"\W*(?:\d+\W+)?(behavior_\w+)[*`\s]*:(.*)", re.I)
_MARKS = "*` \t"
_NONE = re.compile(r"\W*none\W*", re.I)
_MOST_REASON = 160


class MergingReply(BaseModel):
    """A decision about a new behavior, as the strategist must write it."""

    decision: Literal["merge", "keep", "drop"]
    into: int = 0
    instruction: str = ""
    reason: str = ""


def read_reflection(choice: Choice, problem: Problem) -> Reflection:
    """The reflection as it was written; an empty one is unreadable."""
    text = choice.content.strip()
    if not text:
        raise OutputError("the reflection is empty")
    return Reflection(text=text)


def read_behaviors(choice: Choice, problem: Problem) -> Behaviors:
    """One behavior from each line `behavior_name: instruction`, bulleted and bold ones too.

    The word `none` says that there are none; any other text without such a line is unreadable.
    """
    lines = choice.content[-MOST_CHARACTERS:].splitlines()
    matches = [match for line in lines if (match := _BEHAVIOR.match(line))]
    found = [(m[1].lower(), text) for m in matches if (text := m[2].strip(_MARKS))]
    if not found and not any(_NONE.fullmatch(line) for line in lines):
        raise OutputError(
            "there is no line 'behavior_name: instruction' in it; where there is no behavior to "
            "name, the reply is 'none'"
        )
    return Behaviors(
        items=tuple(Behavior(name=name, instruction=instruction) for name, instruction in found)
    )


def read_merging(choice: Choice, problem: Problem, *, known: int = 1) -> Merging:
    """The decision out of JSON; one that names none of the `known` behaviors is unreadable.

    The reason is cut to a line, since people read it.
    """
    reply = read_json(choice.content, MergingReply)
    if reply.decision == "merge" and not 1 <= reply.into <= known:
        raise OutputError(f'"into" is {reply.into}; the known behaviors count from 1 to {known}')
    printable = "".join(c if c.isprintable() else " " for c in reply.reason)
    return Merging(
        action=reply.decision,
        into=reply.into - 1 if reply.decision == "merge" else -1,
        instruction=reply.instruction.strip() if reply.decision == "merge" else "",
        reason=" ".join(printable.split())[:_MOST_REASON],
    )


async def decide_merging(context: Context, new: Behavior, known: Sequence[Behavior]) -> Merging:
    """Whether `new` says what one of `known` says, at least one; raises errors of the call.

    Behaviors are shown as data: one JSON object each.
    """
    shown = {
        "behavior": _as_data(new),
        "known": "\n".join(f"{i}. {_as_data(one)}" for i, one in enumerate(known, start=1)),
    }
    subject = Problem(id=new.name, prompt=f"{new.name}: {new.instruction}", kind="text")
    agent = replace(MERGE, read=partial(read_merging, known=len(known)))
    (decision,) = await agent(context, subject, values=shown)
    return decision


def _as_data(behavior: Behavior) -> str:
    return json.dumps(behavior.model_dump(), ensure_ascii=False)


REFLECT = Agent(
    name="reflect",
    role="strategist",
    prompt="reflect",
    read=read_reflection,
    sampling=Sampling(temperature=0.0),
)
EXTRACT = Agent(
    name="extract",
    role="strategist",
    prompt="extract",
    read=read_behaviors,
    sampling=Sampling(temperature=0.0),
)
MERGE = Agent(
    name="merge",
    role="strategist",
    prompt="merge",
    read=read_merging,
    sampling=Sampling(temperature=0.0),
    output=MergingReply,
)
