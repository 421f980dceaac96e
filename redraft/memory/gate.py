"""The gate of the handbook: what no behavior may be, whatever wrote it."""

import re
import unicodedata
from collections.abc import Callable

from redraft.core import Behavior, Problem
from redraft.memory.gate_injection import injection
from redraft.memory.gate_leak import leak
from redraft.memory.gate_text import quoted

MOST_CHARACTERS = 400
"""What an instruction may be long, in characters (ours): the paper's fill one to three lines."""

MOST_NAME_CHARACTERS = 64
FEWEST_CHARACTERS = 12

Refusal = Callable[[Behavior, Problem | None], str | None]
"""A gate: why a behavior may not enter, or `None`. The problem may hold its gold answer."""

_NAME = re.compile(r"behavior_[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
# Controls (a line's end among them), line and paragraph separators, and what is no character.
_UNPRINTABLE = ("Cc", "Zl", "Zp", "Cs", "Co", "Cn")


def refusal(
    behavior: Behavior, problem: Problem | None = None, *, most_characters: int = MOST_CHARACTERS
) -> str | None:
    """Why `behavior`, learnt from `problem`, may not enter the handbook, in one line, or `None`.

    The first of: a malformed name or instruction, text that steers a model instead of helping
    with problems, and what gives the problem away. The gate is a filter by patterns (ours): it
    keeps out what is plain to see, and evidence must find the rest.
    """
    refused = form(behavior, most_characters) or injection(behavior)
    if refused is None and problem is not None:
        found = leak(behavior, problem)
        refused = None if found is None else f"it {found}"
    return refused


def form(behavior: Behavior, most_characters: int = MOST_CHARACTERS) -> str | None:
    """Why `behavior` does not look like one: its name, or the form of its instruction."""
    return _name(behavior.name) or _instruction(behavior.instruction, most_characters)


def _name(name: str) -> str | None:
    if len(name) > MOST_NAME_CHARACTERS:
        return f"its name has {len(name)} characters, {MOST_NAME_CHARACTERS} are allowed"
    if not _NAME.fullmatch(name):
        return (
            f"its name {quoted(name)} is not behavior_ followed by words of small letters and "
            "digits with underscores between them"
        )
    return None


def _instruction(instruction: str, most_characters: int) -> str | None:
    length = len(instruction.strip())
    if not length:
        return "its instruction is empty"
    if len(instruction) > most_characters:
        return f"its instruction has {len(instruction)} characters, {most_characters} are allowed"
    if any(unicodedata.category(character) in _UNPRINTABLE for character in set(instruction)):
        return "its instruction is not one line of printable text"
    if length < FEWEST_CHARACTERS or not any(map(str.isalpha, instruction)):
        return f"its instruction {quoted(instruction)} is too short to say what to do"
    return None
