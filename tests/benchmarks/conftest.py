"""The benchmarks' modules, which are scripts beside the package, and a stand-in for Abacus."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from redraft import Problem
from redraft.core import Request
from redraft.testing import Scripted

# Where a script finds the modules beside it.
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

SUM = re.compile(r"What is (\d+) \+ (\d+) \+ 1\?")


def problem(number: int) -> Problem:
    """`number` + 2 + 1, in two steps."""
    steps = [f"{number} + 2 = {number + 2}", f"{number + 2} + 1 = {number + 3}"]
    return Problem(
        id=f"p{number}",
        prompt=f"What is {number} + 2 + 1?",
        answer=str(number + 3),
        meta={"steps": steps},
    )


def solution(number: int, *, wrong_at: int = 0) -> str:
    """A solution as Abacus writes it, off by one from the step `wrong_at` on (0: right)."""
    first = number + 2 + (wrong_at == 1)
    last = first + 1 + (wrong_at == 2)
    return f"1. {number} + 2 = {first}\n2. {first} + 1 = {last}\n\\boxed{{{last}}}"


def critique(wrong_at: int) -> str:
    """A critique in lines, up to the step `wrong_at` (0: all is right)."""
    words = ["Wrong" if step == wrong_at else "Correct" for step in range(1, (wrong_at or 2) + 1)]
    lines = [f"Correctness of the step: {word}" for word in words]
    verdict = "Wrong" if wrong_at else "Correct"
    return "\n".join([*lines, f"Correctness of the final answer: {verdict}"])


def say(request: Request) -> str | list[str]:
    """What a small model would say: one draft in three is wrong, its critic is right."""
    text = "\n".join(message.content for message in request.messages)
    found = SUM.search(text)
    assert found is not None
    number, seed = int(found[1]), request.sampling.seed or 0
    match request.origin.agent:
        case "critic":
            return critique(0 if f"\\boxed{{{number + 3}}}" in text else 1)
        case "verifier":
            return json.dumps({"correct": f"\\boxed{{{number + 3}}}" in text})
        case "selector":
            return json.dumps({"best": [1, 2]})
        case "distiller":
            return "The attempts differ."
        case _:
            wrong = [(seed + i) % 3 == 0 for i in range(request.sampling.n)]
            return [solution(number, wrong_at=1 if each else 0) for each in wrong]


@pytest.fixture
def toy() -> Scripted:
    """A model that solves `problem`s; its `requests` are what was asked."""
    return Scripted(say, name="toy")


@pytest.fixture
def toy_says() -> Callable[[Request], str | list[str]]:
    """What the toy says."""
    return say


@pytest.fixture
def toy_problem() -> Callable[[int], Problem]:
    """Problems for the toy by number."""
    return problem
