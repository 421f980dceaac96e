"""The verifier: a model's opinion on a final answer, recorded as evidence of kind `model`."""

from typing import Annotated

from pydantic import BaseModel, Field

from redraft.agents.agent import Agent
from redraft.agents.judging import Judgement, read_lines
from redraft.agents.reading import read_json
from redraft.core import Choice, OutputError, Problem, Sampling, Verdict


class VerdictReply(BaseModel):
    """A verdict, as the verifier must write it."""

    correct: Judgement
    probability: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    reason: str = ""


def read_verdict(choice: Choice, problem: Problem) -> Verdict:
    """Passed or failed, with the probability that the answer is right as its score.

    Where there is no JSON, the line "Correctness of the final answer: Correct" or "Wrong" counts.
    """
    try:
        reply = read_json(choice.content, VerdictReply)
    except OutputError as error:
        judged = read_lines(choice.content)
        if judged is None:
            raise error
        reply = VerdictReply(correct=judged.final_correct, reason=judged.text)
    return Verdict(
        outcome="passed" if reply.correct else "failed",
        score=float(reply.correct) if reply.probability is None else reply.probability,
        evidence="model",
        comment=reply.reason,
    )


VERIFIER = Agent(
    name="verifier",
    role="verifier",
    prompt="verify",
    read=read_verdict,
    sampling=Sampling(temperature=0.0),
    output=VerdictReply,
)
