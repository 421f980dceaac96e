"""The critic's reply: JSON in all the ways that models wrap and break it, and lines."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.agents import read_critique
from redraft.core import Choice, OutputError, Problem, Step

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
    assert critique.text == LINES.strip()
    assert critique.steps == (Step(index=1, quote="6*7=41", correct=False, comment="it is 42"),)


def test_a_step_of_lines_keeps_what_stands_before_its_judgement():
    critique = read(
        "1. 48 + 37 = 85\nCorrectness of the step: Correct\n"
        "2. 85 - 20\n   = 65\n**Correctness of the step:** Wrong, it adds\n\n"
        "3. \\boxed{65}\nCorrectness of the step:\n_Right_\n"
        "Correctness of the final answer: Incorrect.\nCorrectness of the step: Wrong"
    )
    assert critique.steps == (
        Step(index=1, quote="1. 48 + 37 = 85", correct=True),
        Step(index=2, quote="2. 85 - 20\n   = 65", correct=False, comment="it adds"),
        Step(index=3, quote="3. \\boxed{65}", correct=True),
    )
    assert (critique.first_error, critique.final_correct) == (2, False)


def test_lines_without_a_final_judgement_are_refused():
    with pytest.raises(OutputError):
        read("1. 48 + 37 = 85\nCorrectness of the step: Correct\n")


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


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "bomb",
    [
        "{" * 100_000,
        '{"a":' * 50_000,
        "[" * 100_000 + "{",
        "-\n" * 100_000,
        "Correctness of the step: Wrong\n" * 5_000 + "*" * 50_000,
        "Correctness of the step" + "\n" * 190_000,
    ],
)
def test_what_nests_or_repeats_without_end_is_refused(bomb):
    with pytest.raises(OutputError):
        read(bomb)
