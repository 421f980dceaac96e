"""A team is recruited from JSON, and a recalled problem is read from lines."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.agents import load_prompts, read_recalled, read_team, recruit
from redraft.core import Choice, Context, OutputError, Problem, Verdict
from redraft.testing import Scripted

PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")


async def never(problem: Problem, answer: str) -> Verdict:
    raise AssertionError("no agent checks an answer")


def context_of(model: Scripted) -> Context:
    prompts = {"default": load_prompts()}
    return Context(models={"default": model}, prompts=prompts, checker=never)


def recalled(text: str) -> tuple[str, str]:
    (example,) = read_recalled(Choice(content=text), PROBLEM).shown
    return example.problem, example.solution


def test_the_chosen_come_first_each_in_one_line():
    proposed = [{"role": "a geometer", "reason": "circles"}, {"role": "a poet"}]
    reply = {"proposed": proposed, "chosen": ["a\nsceptic", "a geometer", " "]}
    roles = read_team(Choice(content=json.dumps(reply)), PROBLEM).roles
    assert roles == ("a sceptic", "a geometer", "a poet")


@pytest.mark.parametrize("reply", ["", "a geometer", '{"chosen": []}', '{"chosen": [""]}'])
def test_a_reply_without_a_role_is_unreadable(reply: str):
    with pytest.raises(OutputError):
        read_team(Choice(content=reply), PROBLEM)


async def test_a_team_is_padded_and_its_failure_kept():
    model = Scripted(['{"chosen": ["a geometer"]}', "none", "none"])
    context = context_of(model)
    team = await recruit(context, PROBLEM, 2)
    assert team.roles == ("a geometer", "generalist")
    named = context.lineage.artifacts[team.parents[0]]
    assert named.usage.total > 0
    assert "Choose exactly 2." in model.requests[0].messages[-1].content
    assert model.requests[0].output_schema is not None
    assert model.requests[0].origin.role == "planner"
    assert (await recruit(context, PROBLEM, 1)).roles == ("generalist",)
    assert [failure.node for failure in context.lineage.failures] == ["planner"]


@pytest.mark.parametrize(
    "text",
    [
        "Problem: What is 2 x 3?\nSolution: 2 x 3 = 6",
        "Here it is.\n\n**Problem:** What is 2 x 3?\n\n**Solution:**\n2 x 3 = 6",
        "## Problem\nWhat is 2 x 3?\n## Solution\n2 x 3 = 6\n",
    ],
)
def test_a_recalled_problem_is_read_however_it_is_marked(text: str):
    assert recalled(text) == ("What is 2 x 3?", "2 x 3 = 6")


def test_later_solutions_belong_to_the_first():
    text = "Problem: Two ways?\nSolution: 6\nSolution of another kind: 6"
    assert recalled(text) == ("Two ways?", "6\nSolution of another kind: 6")


@pytest.mark.parametrize("text", ["", "Problem: 2 x 3?", "Solution: 6", "Problem:\nSolution:"])
def test_half_a_recollection_is_unreadable(text: str):
    with pytest.raises(OutputError, match="Problem: "):
        recalled(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("bomb", ["*" * 200_000, "problem\n" * 25_000, "*\n" * 100_000])
def test_a_text_without_end_is_refused(bomb: str):
    with pytest.raises(OutputError):
        recalled(bomb)


@given(st.text(max_size=200).map(lambda text: f"Problem: {text}\nSolution: {text}"))
def test_any_text_is_read_or_refused(text: str):
    with contextlib.suppress(OutputError):
        assert all(recalled(text))
