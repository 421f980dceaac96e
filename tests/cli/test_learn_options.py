"""`redraft solve --learn`: a run that teaches its handbook, as a user meets it."""

import json
from pathlib import Path

import pytest

from redraft.jobs import load_job

NAMED = "behavior_add_zero: In this case nothing changes, so write the sum at once."
LEARN = ("--handbook", "book.db", "--learn", "waves", "--wave", 2)


def answer(body):
    asked = body["messages"][-1]["content"]
    if "Write down the behaviors" in asked:
        return NAMED
    return "By behavior_add_zero it is \\boxed{4}."


@pytest.fixture
def solve(here: Path, serve, redraft):
    """Run `redraft solve` on the mock, which is right about three of four problems."""
    server = serve(answer)

    def run(*more: object):
        model = ("--model", "mock", "--endpoint", server.url)
        return redraft("solve", "problems.jsonl", "--recipe", "behaviors", *model, *more)

    run.server = server
    return run


def test_a_handbook_is_made_and_taught_while_problems_are_solved(solve, redraft):
    status, out, err = solve(*LEARN, "--set", "hold=0")
    assert status == 0, err
    assert "; handbook at version " in err
    assert "3 behaviors named in 3 solutions; handbook at " in out
    assert "not counted above" in out
    shown = [body["messages"][-1]["content"] for body in solve.server.stats.bodies]
    assert sum(NAMED in text and "Use those that help" in text for text in shown) == 2
    status, out, _ = redraft("handbook", "list", "--handbook", "book.db")
    assert NAMED in out


def test_the_same_command_again_is_the_same_run(solve, here: Path, redraft):
    assert solve(*LEARN)[0] == 0
    asked = solve.server.requests
    status, _, err = solve(*LEARN)
    assert status == 0, err
    assert solve.server.requests == asked
    assert not (here / "runs/behaviors-problems-2").exists()
    # Somebody else has changed the handbook: that is a new job.
    redraft("handbook", "status", "behavior_add_zero", "retired", "--handbook", "book.db")
    assert solve(*LEARN)[0] == 0
    assert load_job(here / "runs/behaviors-problems-2/job.toml").settings.wave == 2


def test_the_summary_as_json_says_what_was_learnt(solve):
    status, out, err = solve(*LEARN, "--json", "--quiet")
    assert status == 0, err
    learning = json.loads(out)["learning"]
    assert (learning["solutions"], learning["left"]) == (3, 0)


def test_problems_that_are_left_to_learn_from_are_told(solve, serve, here: Path):
    # Enough for the four problems and one reflection.
    status, out, err = solve(*LEARN, "--run-budget-total", 700, "--max-tokens", 60)
    assert status == 0, err
    assert "problems not learnt from: " in out
    assert "redraft: to " in err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("--learn", "waves"), "reads a handbook: add --handbook PATH"),
        (("--learn", "always", "--handbook", "book.db"), "always"),
        (("--wave", 3, "--handbook", "book.db"), "add --learn waves or --learn online"),
    ],
)
def test_mistakes_take_one_line(solve, line, said):
    status, out, err = solve(*line)
    assert status == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert (out, solve.server.requests) == ("", 0)
    assert not Path("book.db").exists()
