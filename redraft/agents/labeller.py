"""The labeller: names the skills that a problem takes, or that an attempt at it lacks (AdaptMI and
AdaptMI+, arXiv 2505.00147), out of a closed list that is part of the prompt."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from redraft.agents.agent import Agent
from redraft.agents.reading import read_json
from redraft.core import Choice, Labels, Problem, Sampling


class LabelsReply(BaseModel):
    """The skills that a problem takes, as the labeller must write them."""

    reason: str = ""
    skills: list[str]


class MissingReply(BaseModel):
    """The skills that an attempt lacks, after the judgement that they rest on."""

    correct: bool = False
    reason: str = ""
    skills: list[str]


def read_labels(choice: Choice, problem: Problem) -> Labels:
    """The named skills, in order and without repeats, on the list or not; may be none."""
    named = (name.strip() for name in read_json(choice.content, LabelsReply).skills)
    return Labels(names=tuple(dict.fromkeys(name for name in named if name)))


def on_list(names: Iterable[str], known: Sequence[str]) -> list[str]:
    """Those of `names` that are `known`, in the list's spelling; case does not count."""
    listed = {name.casefold(): name for name in known}
    found = (listed.get(name.casefold()) for name in names)
    return list(dict.fromkeys(name for name in found if name is not None))


QUESTION_SKILLS = Agent(
    name="question_skills",
    role="strategist",
    prompt="question_skills",
    read=read_labels,
    sampling=Sampling(temperature=0.0),
    output=LabelsReply,
)
MISSING_SKILLS = Agent(
    name="missing_skills",
    role="strategist",
    prompt="missing_skills",
    read=read_labels,
    sampling=Sampling(temperature=0.0),
    output=MissingReply,
)
