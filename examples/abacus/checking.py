"""The exact checker: which line of an attempt is the first that is wrong, and its answer."""

import re
from collections.abc import Sequence

_LINE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
_BOX = re.compile(r"\\boxed\{([^{}]*)\}")


def first_wrong_step(steps: Sequence[str], solution: str) -> int | None:
    """The number of the first step of `solution` that is not the right one, from 1.

    `steps` are the right calculations, with or without their numbers. A step that is left out is
    wrong where it should stand. `None` when all steps are right and so is the answer.
    """
    wanted = [step.partition(". ")[2] or step for step in steps]
    given = attempt_steps(solution)
    for place, step in enumerate(wanted):
        if place >= len(given) or given[place] != step:
            return place + 1
    right = answer(solution) == wanted[-1].rpartition(" = ")[2]
    return None if right and len(given) == len(wanted) else len(wanted) + 1


def attempt_steps(solution: str) -> list[str]:
    """The calculations of `solution`, one for each numbered line."""
    return [match[2].strip() for match in _LINE.finditer(solution)]


def answer(solution: str) -> str | None:
    """What stands in the last box of `solution`."""
    boxes = _BOX.findall(solution)
    return boxes[-1] if boxes else None
