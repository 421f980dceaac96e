"""The critic: judges every step, names the first wrong one, and gives a verdict on the answer.

The reply is asked for as JSON; behind it stands a reader of AutoMathCritique's line format
("Correctness of the step: Wrong"), which small models keep to more easily.
"""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from redraft.agents.agent import Agent
from redraft.agents.reading import MOST_CHARACTERS, read_json
from redraft.core import Analysis, Choice, Critique, OutputError, Problem, Sampling, Step

_WORDS = {"correct": True, "right": True, "wrong": False, "incorrect": False}
_STEP = re.compile(r"^\W*correctness of the step\W+(correct|wrong|incorrect)\b", re.I | re.M)
_FINAL = re.compile(
    r"^\W*correctness of the final answer\W+(correct|wrong|incorrect)\b", re.I | re.M
)


def _word(value: object) -> object:
    return _WORDS.get(value.strip().lower(), value) if isinstance(value, str) else value


Judgement = Annotated[bool, BeforeValidator(_word)]


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
        critique = _from_lines(choice.content[-MOST_CHARACTERS:])
        if critique is None:
            raise error
        return critique


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


def _from_lines(text: str) -> Critique | None:
    final = _FINAL.search(text)
    if final is None:
        return None
    judged = [_WORDS[match[1].lower()] for match in _STEP.finditer(text)]
    steps = tuple(Step(index=i, correct=correct) for i, correct in enumerate(judged, start=1))
    first_error = next((step.index for step in steps if not step.correct), -1)
    return Critique(
        steps=steps,
        first_error=first_error,
        final_correct=_WORDS[final[1].lower()],
        text=text.strip(),
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
