"""Solutions of Abacus: right, shorter by behaviors, and wrong where they are meant to be."""

import operator
import random
from fractions import Fraction

import pytest
from behaviors import SHORTCUTS, USELESS
from checking import answer, attempt_steps, first_wrong_step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solution import render, shorten, solve, wrong
from story import Change, Level, Story, draw

OPERATIONS = {"+": operator.add, "-": operator.sub, "x": operator.mul, "/": operator.truediv}
SEEDS = st.integers(0, 2**32)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
STORIES = st.builds(
    lambda seed, reach: draw(random.Random(seed), Level(reach=reach, detours=0.4), "train"),
    SEEDS,
    st.sampled_from((20, 99, 400, 2000)),
)
HAND_MADE = [
    ("behavior_cancel", [Change("come_and_go", 7)], ["10 + 1 = 11"]),
    ("behavior_cancel", [Change("go_and_come", 7)], ["10 + 1 = 11"]),
    ("behavior_undo", [Change("grow_and_shrink", 3)], ["10 + 1 = 11"]),
    ("behavior_join", [Change("take", 7)], ["10 - 7 = 3, + 1 = 4"]),
    ("behavior_join", [Change("add_groups", 2, 3)], ["3 x 2 = 6, 10 + 6 = 16, + 1 = 17"]),
    ("behavior_join", [Change("come_and_go", 7)], ["10 + 7 = 17, - 7 = 10, + 1 = 11"]),
]


def story_of(*changes, start=10):
    return Story("", start, changes, (start,), 9999)


def value(text):
    """The value of a calculation; products and quotients first, then from left to right."""
    for signs in ("+-", "x/"):
        place = max(map(text.rfind, signs))
        if place >= 0:
            return OPERATIONS[text[place]](value(text[:place]), value(text[place + 1 :]))
    return Fraction(int(text))


def is_true(line):
    """Whether every calculation of a line holds; one that begins with a sign goes on from the
    quantity before it, and a product of groups is no quantity."""
    now = None
    for calculation in line.split(", "):
        left, _, right = calculation.partition(" = ")
        if value(left if left[0].isdigit() else f"{now} {left}") != int(right):
            return False
        product = " x " in left and left[0].isdigit() and now is not None
        now = now if product else int(right)
    return True


def outcome(story):
    """The last quantity, from the calculation written in one expression."""
    text = str(story.start)
    signs = {
        "add": "+", "take": "-", "times": "x", "share": "/", "add_groups": "+", "take_groups": "-",
        "come_and_go": "+-", "go_and_come": "-+", "grow_and_shrink": "x/",
    }  # fmt: skip
    for change in story.changes:
        for sign in signs[change.kind]:
            text = str(value(f"{text} {sign} {change.groups * change.size}"))
    return int(text)


def test_calculations_are_evaluated_by_the_rules():
    assert value("10 - 2 - 3") == 5
    assert value("10 + 3 x 4") == 22
    assert value("7 / 2") == Fraction(7, 2)
    assert not is_true("2 + 2 = 5")
    assert is_true("2 + 2 = 4, + 3 = 7")
    assert not is_true("2 + 2 = 4, + 3 = 8")


@unhurried
@given(STORIES)
def test_the_long_solution_is_right_line_by_line(story):
    lines, result = solve(story)
    assert result == outcome(story)
    assert all(map(is_true, lines))
    assert lines[-1].endswith(f" = {result}")
    assert len(lines) == sum(change.operations for change in story.changes)
    text = render(lines, result)
    assert answer(text) == str(result)
    assert attempt_steps(text) == lines


@unhurried
@given(STORIES, st.sets(st.sampled_from(sorted(SHORTCUTS))))
def test_a_shortened_solution_is_right_and_says_what_it_used(story, behaviors):
    long, answered = solve(story)
    lines, result, used = shorten(story, behaviors)
    assert result == answered
    assert all(map(is_true, lines))
    assert len(lines) <= len(long)
    assert (lines == long) == (used == [])
    assert len(set(used)) == len(used)
    assert set(used) <= behaviors
    assert shorten(story, used) == (lines, result, used)
    for name in used:
        assert shorten(story, behaviors - {name})[0] != lines


@unhurried
@given(STORIES)
def test_rules_that_are_no_shortcuts_change_nothing(story):
    assert shorten(story, USELESS) == (*solve(story), [])


@pytest.mark.parametrize(("name", "changes", "lines"), HAND_MADE)
def test_a_shortcut_on_a_story_made_for_it(name, changes, lines):
    story = story_of(*changes, Change("add", 1))
    long, result = solve(story)
    assert shorten(story, [name]) == (lines, result, [name])
    others = SHORTCUTS.keys() - {name, "behavior_join"}
    assert name == "behavior_join" or shorten(story, others)[0] == long


def test_every_shortcut_was_tried():
    assert {name for name, *_ in HAND_MADE} == SHORTCUTS.keys()


@pytest.mark.parametrize(
    "changes",
    [
        [Change("add", 7), Change("take", 7)],
        [Change("times", 3), Change("share", 3)],
        [Change("add_groups", 7, 2)],
    ],
)
def test_what_is_told_as_no_detour_is_calculated(changes):
    story = story_of(*changes)
    assert shorten(story, ["behavior_cancel", "behavior_undo"]) == (*solve(story), [])


def test_a_solution_cites_what_it_used():
    text = render(["10 + 7 = 17, + 5 = 22"], 22, using=["behavior_undo", "behavior_join_2"])
    assert text == "1. 10 + 7 = 17, + 5 = 22\nUsing behavior_undo, behavior_join_2.\n\\boxed{22}"


@unhurried
@given(STORIES, SEEDS)
def test_a_wrong_attempt_has_a_first_wrong_step(story, seed):
    lines, _ = solve(story)
    attempt = wrong(story, random.Random(seed))
    bad = first_wrong_step(lines, attempt)
    assert bad is not None
    assert attempt_steps(attempt)[: bad - 1] == lines[: bad - 1]
    assert attempt == wrong(story, random.Random(seed))


def test_wrong_attempts_go_wrong_in_many_ways():
    story = story_of(Change("add", 30), Change("take", 12), Change("add_groups", 4, 3))
    lines, result = solve(story)
    attempts = [wrong(story, random.Random(seed)) for seed in range(200)]
    assert {first_wrong_step(lines, attempt) for attempt in attempts} >= {1, 2, 3, 4}
    assert any(len(attempt_steps(attempt)) < len(lines) for attempt in attempts)
    assert any(not all(map(is_true, attempt_steps(attempt))) for attempt in attempts)
    assert any(all(map(is_true, attempt_steps(attempt))) for attempt in attempts)
    assert {answer(attempt) for attempt in attempts} - {str(result)}
