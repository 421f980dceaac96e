"""The recogniser: says which of the mistakes that it is shown a solution repeats, if any
(self-rethinking, arXiv 2403.20046)."""

from typing import Annotated

from pydantic import BaseModel, Field

from redraft.agents.agent import Agent
from redraft.agents.reading import read_json
from redraft.core import Choice, Problem, Recurrence, Sampling


class RecurrenceReply(BaseModel):
    """A mistake by its number, as the recogniser must write it."""

    reason: str = ""
    mistake: Annotated[int, Field(ge=0)]


def read_recurrence(choice: Choice, problem: Problem) -> Recurrence:
    """The place of the mistake among those shown, from 0, or -1; and where it is made."""
    reply = read_json(choice.content, RecurrenceReply)
    return Recurrence(mistake=reply.mistake - 1, text=reply.reason.strip())


RECOGNISER = Agent(
    name="recogniser",
    role="critic",
    prompt="recognise",
    read=read_recurrence,
    sampling=Sampling(temperature=0.0),
    output=RecurrenceReply,
)
