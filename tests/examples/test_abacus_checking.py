"""The exact checker names the first step that is not the right one."""

import pytest
from checking import answer, attempt_steps, first_wrong_step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

STEPS = ["48 + 37 = 85", "85 - 20 = 65"]
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIRST, SECOND = "1. 48 + 37 = 85\n", "2. 85 - 20 = 65\n"


@pytest.mark.parametrize(
    ("attempt", "first_wrong"),
    [
        (FIRST + SECOND + "\\boxed{65}", None),
        ("Using behavior_join.\n" + FIRST + SECOND + "\\boxed{65}", None),
        ("I add first.\n\n" + FIRST + "Then:\n" + SECOND + "\\boxed{60} no, \\boxed{65}", None),
        (FIRST + "2. 85 - 20 = 75\n\\boxed{75}", 2),
        ("1. 48 + 37 = 75\n2. 75 - 20 = 55\n\\boxed{55}", 1),
        ("1. 37 + 48 = 85\n" + SECOND + "\\boxed{65}", 1),
        (FIRST + "\\boxed{85}", 2),
        (FIRST + "\\boxed{65}", 2),
        ("1. 85 - 20 = 65\n\\boxed{65}", 1),
        (FIRST + SECOND + "3. 65 + 1 = 66\n\\boxed{66}", 3),
        (FIRST + SECOND + "3. 65 + 0 = 65\n\\boxed{65}", 3),
        (FIRST + SECOND + "\\boxed{56}", 3),
        (FIRST + SECOND + "\\boxed{65", 3),
        (FIRST + SECOND, 3),
        ("\\boxed{65}", 1),
        ("", 1),
    ],
)
def test_the_first_wrong_step(attempt, first_wrong):
    assert first_wrong_step(STEPS, attempt) == first_wrong
    numbered = [f"{place}. {step}" for place, step in enumerate(STEPS, start=1)]
    assert first_wrong_step(numbered, attempt) == first_wrong


def test_steps_are_the_numbered_lines_and_the_answer_is_the_last_box():
    attempt = "Using a.\n1. 2 + 2 = 4 \n- 4 + 1 = 5\n10. 4 + 4 = 8\n\\boxed{4} or \\boxed{8}"
    assert attempt_steps(attempt) == ["2 + 2 = 4", "4 + 4 = 8"]
    assert answer(attempt) == "8"
    assert answer("1. 2 + 2 = 4") is None


@unhurried
@given(st.text())
def test_any_text_has_a_first_wrong_step_or_the_right_answer(text):
    bad = first_wrong_step(STEPS, text)
    assert bad in {1, 2, 3} or (bad is None and answer(text) == "65")
