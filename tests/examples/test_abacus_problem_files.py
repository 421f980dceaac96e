"""The problem files that are written for Abacus are files that Redraft reads."""

import subprocess
import sys

import pytest
from checking import first_wrong_step

from redraft import read_problems


@pytest.fixture
def write(repository):
    """Runs the script and gives back what it prints."""

    return lambda *options: run(repository, *options, check=True).stdout


def run(repository, *options, check):
    """The script at its end; `check` says whether it has to succeed."""
    script = repository / "examples" / "abacus" / "problems.py"
    command = [sys.executable, str(script), *options]
    return subprocess.run(command, capture_output=True, text=True, check=check)


def test_problems_come_with_their_steps(write, tmp_path):
    path = tmp_path / "dev.jsonl"
    path.write_text(write("--split", "dev", "--count", "30", "--least", "3", "--most", "5"))
    problems = list(read_problems(path))
    assert len({problem.id for problem in problems}) == 30
    assert len({problem.prompt for problem in problems}) == 30
    for problem in problems:
        steps = problem.meta["steps"]
        assert 3 <= len(steps) <= 5
        assert problem.kind == "math"
        solution = "\n".join([*steps, f"\\boxed{{{problem.answer}}}"])
        assert first_wrong_step(steps, solution) is None


def test_a_seed_chooses_the_problems(write):
    first = write("--count", "5")
    assert first == write("--count", "5", "--split", "test", "--seed", "1")
    assert first != write("--count", "5", "--seed", "2")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--least", "5", "--most", "3"), "--least and --most: give 1 <= least <= most <= 12"),
        (("--most", "13"), "--least and --most: give 1 <= least <= most <= 12"),
        (("--reach", "1"), "--reach: give a number from 2 to 9999"),
        (("--reach", "10000"), "--reach: give a number from 2 to 9999"),
    ],
)
def test_what_no_story_can_have_is_refused_in_a_line(repository, options, said):
    refused = run(repository, *options, check=False)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[-1] == f"problems.py: error: {said}"
