"""The strategist: looks back at a solution and names the behaviors worth keeping from it.

Reflection and extraction are two calls, as in Metacognitive Reuse (arXiv 2509.13237).
"""

import re

from redraft.agents.agent import Agent
from redraft.agents.reading import MOST_CHARACTERS
from redraft.core import Behavior, Behaviors, Choice, OutputError, Problem, Reflection, Sampling

_BEHAVIOR = re.compile(r"\W*(?:\d+\W+)?(behavior_\w+)[*`\s]*:(.*)", re.I)
_MARKS = "*` \t"
_NONE = re.compile(r"\W*none\W*", re.I)


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
