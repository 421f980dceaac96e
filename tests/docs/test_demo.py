"""The demo's command is understood, and its problems are what the generator writes, and right."""

import json
import re
import shlex
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from redraft.cli.tree import parse
from redraft.graphs import RECIPES
from redraft.jobs import read_problems
from redraft.models import SHIPPED

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples" / "demo" / "problems.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text(encoding="ascii").splitlines()]
STEP = re.compile(r"(\d+)\. (\d+) ([-+x/]) (\d+) = (\d+)")
LARGEST = 9999


def calculated(left: int, sign: str, right: int) -> Fraction:
    match sign:
        case "+":
            return Fraction(left + right)
        case "-":
            return Fraction(left - right)
        case "x":
            return Fraction(left * right)
        case _:
            return Fraction(left, right)


def command_of_the_demo() -> list[str]:
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    lines = recipe[1].replace("\\\n", " ").splitlines()
    (command,) = (line for line in lines if "redraft solve" in line)
    return shlex.split(command)


def test_the_command_of_make_demo_is_understood():
    program, *arguments = command_of_the_demo()
    assert program.endswith("/redraft")
    options = parse(arguments)
    RECIPES[options.recipe].parse(dict(options.settings))
    assert options.vllm in SHIPPED
    assert str(FILE.relative_to(ROOT)) in arguments


def test_the_sixty_are_the_generators_from_the_test_split():
    generator = ROOT / "examples" / "abacus" / "problems.py"
    options = ["--split", "test", "--seed", "2", "--count", "60"]
    command = [sys.executable, str(generator), *options]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    assert made.stdout == FILE.read_text(encoding="ascii")
    assert len({row["problem"] for row in ROWS}) == 60


def test_they_load_with_answers_and_steps():
    problems = list(read_problems(FILE))
    assert [problem.id for problem in problems] == [row["id"] for row in ROWS]
    assert [problem.answer for problem in problems] == [row["answer"] for row in ROWS]
    assert {problem.kind for problem in problems} == {"math"}
    assert all(problem.meta["steps"] for problem in problems)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_steps_calculate_and_lead_to_the_answer(row: dict):
    given = {int(number) for number in re.findall(r"\d+", row["problem"])}
    results: list[int] = []
    for place, line in enumerate(row["steps"], start=1):
        step = STEP.fullmatch(line)
        assert step, line
        number, left, right, result = (int(step[group]) for group in (1, 2, 4, 5))
        assert number == place
        assert calculated(left, step[3], right) == result
        assert {left, right} <= given | set(results)
        assert 0 < result <= LARGEST
        results.append(result)
    assert row["answer"] == str(results[-1])
