"""The explainer: says what kind of mistake a wrong attempt makes, and what it is, beside a right
solution (self-rethinking, arXiv 2403.20046)."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from redraft.agents.agent import Agent
from redraft.agents.reading import read_json
from redraft.core import Choice, ErrorType, Explanation, OutputError, Problem, Sampling


def _type(value: object) -> object:
    """`"Logical error"` and `"Linguistics"` as the closed list has them."""
    if not isinstance(value, str):
        return value
    name = value.strip().lower().removesuffix("error").strip()
    return "linguistic" if name == "linguistics" else name


class ExplanationReply(BaseModel):
    """The kind of a mistake and what it is, as the explainer must write it."""

    error: Annotated[ErrorType, BeforeValidator(_type)]
    explanation: str


def read_explanation(choice: Choice, problem: Problem) -> Explanation:
    """The mistake's type, one of the closed list, and the explanation; it must not be empty."""
    reply = read_json(choice.content, ExplanationReply)
    text = reply.explanation.strip()
    if not text:
        raise OutputError("the explanation is empty")
    return Explanation(error=reply.error, text=text)


EXPLAIN = Agent(
    name="explain",
    role="strategist",
    prompt="explain",
    read=read_explanation,
    sampling=Sampling(temperature=0.0),
    output=ExplanationReply,
)
