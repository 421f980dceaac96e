"""The gate of solved problems: how long they may be, and what must not stand in them."""

import unicodedata
from typing import get_args

from redraft.core import ErrorType, Example
from redraft.memory.gate_injection import steering
from redraft.memory.gate_text import quoted

MOST_TEXT = 8_000
"""How long a problem, a solution and a wrong attempt may each be, in characters (ours): about two
thousand tokens. What is longer is left out whole: half a solution passed no check."""

MOST_EXPLANATION = 1_000
MOST_SKILLS = 8
MOST_LABEL = 64
_ERRORS = get_args(ErrorType)
_UNPRINTABLE = ("Cc", "Zl", "Zp", "Cs", "Co", "Cn")


def example_refusal(example: Example) -> str | None:
    """Why `example` may not enter a handbook, in one line, or `None`.

    The first of: a text that is missing or too long, a label that is none, and text that steers
    the model that reads it. Solutions state answers and hold code, so the gate of behaviors would
    refuse them all: of its rules those on instructions, mark-up, links and hidden characters hold.
    Whether a solution is right is not looked at here.
    """
    return _form(example) or _labels(example) or _steers(example)


def _form(example: Example) -> str | None:
    if not example.key:
        return "its problem has no key"
    for name, text in (("problem", example.problem), ("solution", example.solution)):
        if not text.strip():
            return f"its {name} is empty"
    if example.solution == example.wrong:
        return "its wrong attempt is its solution"
    if not example.wrong and (example.error or example.explanation):
        return "it explains an error and holds no wrong attempt"
    limits = {"problem": MOST_TEXT, "solution": MOST_TEXT, "wrong": MOST_TEXT}
    for name, most in {**limits, "explanation": MOST_EXPLANATION}.items():
        length = len(getattr(example, name))
        if length > most:
            return f"its {_called(name)} has {length:,} characters, {most:,} are allowed"
    return None


def _labels(example: Example) -> str | None:
    if example.error and example.error not in _ERRORS:
        return f"its error {quoted(example.error)} is none of {', '.join(_ERRORS)}"
    if len(example.skills) > MOST_SKILLS:
        return f"it has {len(example.skills)} skills, {MOST_SKILLS} are allowed"
    for skill in example.skills:
        odd = any(unicodedata.category(character) in _UNPRINTABLE for character in skill)
        if odd or skill != skill.strip() or not 0 < len(skill) <= MOST_LABEL:
            return f"its skill {quoted(skill)} is not a name of 1 to {MOST_LABEL} characters"
    return None


def _steers(example: Example) -> str | None:
    for name in ("problem", "solution", "wrong", "explanation"):
        found = steering(getattr(example, name))
        if found is not None:
            return f"its {_called(name)} {found}"
    for skill in example.skills:
        found = steering(skill)
        if found is not None:
            return f"its skill {quoted(skill)} {found}"
    return None


def _called(name: str) -> str:
    return "wrong attempt" if name == "wrong" else name
