"""Reads judgements: a word for right or wrong, and AutoMathCritique's lines that hold one.

"Correctness of the step: Wrong" follows the step that it judges, and "Correctness of the final
answer: Wrong" ends the text; small models keep to such lines more easily than to JSON.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

from redraft.agents.reading import MOST_CHARACTERS
from redraft.core import Step

_WORDS = {"correct": True, "right": True, "wrong": False, "incorrect": False}
_JUDGED = re.compile(
    r"^(?:[^\w\n]|_)*correctness of the (step|final answer)"
    r"(?:\W|_)+(correct|right|wrong|incorrect)(?![^\W_])(.*)",
    re.I | re.M,
)
_SENTENCE = re.compile(r"\A(?:\W|_)*step sentence(?:\W|_)+", re.I)
_EXPLANATION = re.compile(r"(?:\W|_)*explanation(?:\W|_)+", re.I)
_AROUND = " \t.,;:*_-"


def _word(value: object) -> object:
    return _WORDS.get(value.strip().lower(), value) if isinstance(value, str) else value


Judgement = Annotated[bool, BeforeValidator(_word)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging lines say: of each step, and of the final answer. `text` stands before that."""

    steps: tuple[Step, ...]
    final_correct: bool
    text: str


def read_lines(text: str) -> Judged | None:
    """The judgements in `text`, up to the one on the final answer; `None` without that one.

    What stands before a judgement is the step's quote. Its comment is what follows in the same
    line, or an explanation in the next one.
    """
    text = text[-MOST_CHARACTERS:]
    steps: list[Step] = []
    end = 0
    for match in _JUDGED.finditer(text):
        explanation, quote = _parted(text[end : match.start()].strip())
        if explanation and steps:
            steps[-1] = steps[-1].model_copy(update={"comment": explanation})
        correct = _WORDS[match[2].lower()]
        if match[1].lower() != "step":
            return Judged(tuple(steps), correct, text[: match.start()].strip())
        comment = match[3].strip(_AROUND)
        steps.append(Step(index=len(steps) + 1, quote=quote, correct=correct, comment=comment))
        end = match.end()
    return None


def _parted(between: str) -> tuple[str, str]:
    """The explanation of the step before, if `between` opens with one, and the next step."""
    first, _, rest = between.partition("\n")
    found = _EXPLANATION.match(first)
    explanation, step = (first[found.end() :].strip(), rest.strip()) if found else ("", between)
    return explanation, _SENTENCE.sub("", step)
