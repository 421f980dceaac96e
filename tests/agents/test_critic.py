"""The critic's reply: JSON in all the ways that models wrap and break it, and lines."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.agents import read_critique
from redraft.core import Choice, OutputError, Problem

PROBLEM = Problem(id="p", prompt="?")
BARE = """{"steps": [{"index": 1, "correct": true}, {"index": 2, "correct": false}],
"first_error": 2, "final_correct": false}"""
LINES = """Step sentence: 6*7=41
Correctness of the step: Wrong
Explanation: it is 42

Correctness of the final answer: wrong
"""


def read(text: str):
    return read_critique(Choice(content=text), PROBLEM)


@pytest.mark.parametrize(
    "text",
    [
        BARE,
        f"```json\n{BARE}\n```",
        f"Here is my critique {{as asked}}:\n{BARE}\nI hope it helps.",
        BARE.replace("false", '"Wrong"').replace("true", '"Correct"'),
    ],
)
def test_json_is_found_however_it_is_wrapped(text):
    critique = read(text)
    assert critique.first_error == 2
    assert critique.final_correct is False
    assert [step.correct for step in critique.steps] == [True, False]


def test_the_steps_win_over_a_contradicting_first_error():
    text = '{"steps": [{"index": 1, "correct": false}], "first_error": -1, "final_correct": true}'
    assert read(text).first_error == 1


def test_lines_are_read_where_there_is_no_json():
    critique = read(LINES)
    assert critique.first_error == 1
    assert critique.final_correct is False
    assert "it is 42" in critique.text


def test_a_cut_off_object_is_not_taken_for_a_verdict():
    with pytest.raises(OutputError, match=r"final_correct|first_error"):
        read('{"steps": [{"index": 1, "correct": true}, {"ind')


def test_the_text_shown_to_the_actor_names_every_step():
    text = read(BARE).text
    assert "Step 1 is correct" in text
    assert "Step 2 is wrong" in text
    assert "Final answer: wrong" in text


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(OutputError):
        assert read(text).text


@pytest.mark.parametrize("bomb", ["{" * 100_000, '{"a":' * 50_000, "[" * 100_000 + "{"])
def test_deep_nesting_is_refused(bomb):
    with pytest.raises(OutputError):
        read(bomb)
