"""What went wrong is read from JSON, and its type is one of a closed list."""

import json
from typing import get_args

import pytest

from redraft.agents import EXPLAIN, load_prompts, read_explanation
from redraft.core import Choice, Context, ErrorType, OutputError, Problem, Verdict
from redraft.testing import Scripted

PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")


def said(value: object) -> Choice:
    return Choice(content=json.dumps(value))


async def never(problem: Problem, answer: str) -> Verdict:
    raise AssertionError("no agent checks an answer")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *((name, name) for name in get_args(ErrorType)),
        ("Logical error", "logical"),
        (" CALCULATION ", "calculation"),
        ("Linguistics", "linguistic"),
    ],
)
def test_a_type_of_the_list_is_read_however_it_is_spelt(written: str, read: str):
    made = read_explanation(said({"error": written, "explanation": " It adds. "}), PROBLEM)
    assert (made.error, made.text) == (read, "It adds.")


@pytest.mark.parametrize(
    "reply",
    [
        {"error": "typo", "explanation": "It adds."},
        {"error": 3, "explanation": "It adds."},
        {"error": "logical", "explanation": "  "},
        {"error": "logical"},
        "logical",
    ],
)
def test_another_type_or_no_explanation_is_unreadable(reply: object):
    with pytest.raises(OutputError):
        read_explanation(said(reply), PROBLEM)


def test_the_prompt_names_every_type():
    system = load_prompts()["explain"].turns[0].template
    assert all(f"\n{name}: " in system for name in get_args(ErrorType))


async def test_a_type_that_is_on_no_list_is_asked_for_again():
    right = json.dumps({"error": "logical", "explanation": "It adds."})
    model = Scripted([json.dumps({"error": "typo", "explanation": "It adds."}), right])
    prompts = {"default": load_prompts()}
    context = Context(models={"default": model}, prompts=prompts, checker=never)
    shown = {"solution": "Six sevens: 42", "wrong": "Six and seven: 13"}
    (made,) = await EXPLAIN(context, PROBLEM, values=shown)
    assert made.error == "logical"
    first, again = model.requests
    assert "Six and seven: 13" in first.messages[-1].content
    assert first.output_schema is not None
    assert "calculation" in again.messages[-1].content
