"""The critic: judges every step, names the first wrong one, and gives a verdict on the answer.

The reply is asked for as JSON, or as AutoMathCritique's lines ("Correctness of the step: Wrong")
where the prompt says so; either is read.
"""

from pydantic import BaseModel

from redraft.agents.agent import Agent
from redraft.agents.judging import Judged, Judgement, read_lines
from redraft.agents.reading import read_json
from redraft.core import Analysis, Choice, Critique, OutputError, Problem, Sampling, Step


class StepReply(BaseModel):
    """One judged step, as the critic must write it."""

    index: int
    quote: str = ""
    correct: Judgement
    comment: str = ""


class CritiqueReply(BaseModel):
    """A whole critique, as the critic must write it."""

    steps: list[StepReply] = []
    first_error: int
    final_correct: Judgement


def read_critique(choice: Choice, problem: Problem) -> Critique:
    """A critique out of JSON or lines. Where steps and `first_error` disagree, the steps win."""
    try:
        return _from_reply(read_json(choice.content, CritiqueReply))
    except OutputError as error:
        judged = read_lines(choice.content)
        if judged is None:
            raise error
        return _from_lines(judged, choice.content.strip())


def _from_reply(reply: CritiqueReply) -> Critique:
    steps = tuple(Step.model_validate(step.model_dump()) for step in reply.steps)
    wrong = [step.index for step in steps if not step.correct]
    first_error = min(wrong) if wrong else (-1 if steps else max(reply.first_error, -1))
    return Critique(
        steps=steps,
        first_error=first_error,
        final_correct=reply.final_correct,
        text=_render(steps, reply.final_correct),
    )


def _from_lines(judged: Judged, text: str) -> Critique:
    return Critique(
        steps=judged.steps,
        first_error=next((step.index for step in judged.steps if not step.correct), -1),
        final_correct=judged.final_correct,
        text=text,
    )


def _render(steps: tuple[Step, ...], final_correct: bool) -> str:
    lines = [_line(step) for step in steps]
    lines.append(f"Final answer: {'correct' if final_correct else 'wrong'}.")
    return "\n".join(lines)


def _line(step: Step) -> str:
    quote = f" ({step.quote})" if step.quote else ""
    comment = f": {step.comment}" if step.comment else "."
    return f"Step {step.index}{quote} is {'correct' if step.correct else 'wrong'}{comment}"


def read_analysis(choice: Choice, problem: Problem) -> Analysis:
    """The list of flaws as it was written."""
    return Analysis(text=choice.content.strip())


CRITIC = Agent(
    name="critic",
    role="critic",
    prompt="critique",
    read=read_critique,
    sampling=Sampling(temperature=0.0),
    output=CritiqueReply,
)
ANALYST = Agent(
    name="analyst",
    role="critic",
    prompt="analyse",
    read=read_analysis,
    sampling=Sampling(temperature=0.0),
)
