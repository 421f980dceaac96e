"""What behaviors are worth, against published or hand-made figures."""

import pytest

from redraft.memory.entry import Entry, Use
from redraft.memory.evidence import (
    lift_of,
    lift_of_all,
    lines,
    means_apart,
    problems_needed,
    rates_apart,
    report,
)


def uses(count, right=0, *, shown=True, tokens=100, start=0, **fields):
    """Uses of as many problems, the first `right` of them right."""
    given = {"run": "run", "name": "behavior_pair", "input_tokens": 50} | fields
    return [
        Use(problem=str(start + i), shown=shown, correct=i < right, output_tokens=tokens, **given)
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_two_rates_agrees_with_the_literature(counts, low, high):
    # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
    assert rates_apart(*counts) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_of_two_means_is_as_worked_out_by_hand():
    # Both variances are 10 / 9, of 10 values each: t = 2.10092 (18 degrees), sqrt(2 / 9) a step.
    found = means_apart([10, 12] * 5, [20, 22] * 5)
    assert found == pytest.approx((-10.9904, -9.0096), abs=5e-4)


def test_the_interval_of_two_means_heeds_unequal_variances():
    # All of the error is the first side's: t = 2.26216 (9 degrees), times sqrt(1 / 9).
    found = means_apart([10, 12] * 5, [20] * 1000)
    assert found == pytest.approx((-9.7541, -8.2459), abs=2e-3)


def test_the_surer_an_interval_the_wider():
    told = [*uses(40, 30), *uses(20, 10, shown=False, start=40)]
    usual, sure = (lift_of(told, level)[0].interval for level in (0.95, 0.99))
    assert sure[0] < usual[0] < 0.25 < usual[1] < sure[1]


def test_one_behavior_is_compared_where_not_all_were_held():
    mixed = [
        *uses(40, 30, tokens=80),
        *uses(10, 5, shown=False, tokens=100, start=40),
        *uses(50, 50, shown=False, all_held=True, tokens=1, start=50),
    ]
    accuracy, tokens = lift_of(mixed)
    assert (accuracy.shown, accuracy.held, accuracy.difference) == (40, 10, 0.25)
    assert (tokens.difference, tokens.percent) == (-20, -20)
    assert tokens.tells
    assert not accuracy.tells


@pytest.mark.parametrize(("shown", "held"), [(0, 0), (500, 9), (9, 500), (20, 0)])
def test_too_little_data_tell_nothing(shown, held):
    few = [*uses(shown, shown), *uses(held, shown=False, start=shown)]
    for lift in lift_of(few):
        assert lift.interval is None
        assert not lift.tells


def test_the_handbook_counts_a_problem_once_and_leaves_out_those_held_one_by_one():
    accuracy, output, input_ = lift_of_all(
        [
            *uses(30, 15),
            *uses(30, 15, name="behavior_carry"),
            *uses(30, 15, name="behavior_check", shown=False),
            *uses(20, 5, shown=False, all_held=True, start=30, input_tokens=40),
            *uses(20, 5, shown=False, all_held=True, start=30, name="behavior_carry"),
            *uses(7, 7, shown=False, start=50),
            *uses(1, 1, run="other"),
        ]
    )
    assert (accuracy.shown, accuracy.held) == (31, 20)
    assert accuracy.difference == pytest.approx(16 / 31 - 0.25)
    assert output.difference == 0
    assert input_.difference == 10


def test_the_rule_of_thumb_is_lehrs_where_the_sides_are_alike():
    # 16 * 0.25 / 0.05^2 problems on each side.
    (accuracy, _) = lift_of([*uses(20, 10), *uses(20, 10, shown=False, start=20)])
    assert problems_needed(accuracy) == 3200


def book(*names):
    return [Entry(name=name, instruction="Do it.", status="active") for name in names]


def test_a_report_names_the_best_and_the_worst():
    told = [
        use
        for name, right in (("a", 30), ("b", 59), ("c", 90), ("d", 99))
        for use in (
            *uses(100, right, name=name, cited=right == 99),
            *uses(100, 60, name=name, shown=False, start=100),
        )
    ]
    found = report([*book(*"abcd"), Entry(name="e", instruction="New.")], told)
    assert [worth.name for worth in found.best] == ["d", "c"]
    assert [worth.name for worth in found.worst] == ["a", "b"]
    assert found.statuses == {"active": 4, "candidate": 1}
    assert (found.measured, found.shown, found.cited) == (4, 400, 100)
    text = "\n".join(lines(found))
    assert "4 active, 1 candidate" in text
    assert "25 % of them cited" in text
    assert "Best: d (active): 99.0 % right of 100 shown, 60.0 % of 100 held out" in text


def test_a_report_says_when_the_data_do_not_tell_and_how_many_problems_would():
    told = [*uses(90, 54), *uses(10, 6, shown=False, all_held=True, start=90)]
    text = "\n".join(lines(report(book("behavior_pair"), told)))
    assert "60.0 % right of 90 shown, 60.0 % of 10 held out: +0.0 points" in text
    assert "the data do not tell: the interval holds 0" in text
    # 8 * 0.6 * 0.4 * (10 + 1 / 0.9) / 0.05^2 = 8533.3
    assert "about 8,434 more problems (8,534 in all)" in text
    assert "rule of thumb" in text.lower()


def test_a_report_does_not_ask_for_problems_that_are_there():
    told = [*uses(2000, 1000), *uses(2000, 1000, shown=False, all_held=True, start=2000)]
    assert "3,200 problems, and there are more" in "\n".join(lines(report([], told)))


def test_a_report_says_what_the_data_tell():
    told = [
        *uses(300, 270, tokens=90),
        *uses(300, 150, shown=False, all_held=True, tokens=100, start=300),
    ]
    accuracy, output, input_ = lines(report([], told))[1:4]
    assert accuracy.endswith("more than without, for sure")
    assert output.endswith(
        "-10.0 tokens (95 % interval -10.0 to -10.0), that is -10.0 %; less than without, for sure"
    )
    assert input_.endswith("the data do not tell: the interval holds 0")


def test_a_report_on_nothing_has_words_too():
    text = "\n".join(lines(report([], [])))
    assert "Behaviors: none" in text
    assert "nothing to compare (0 shown, 0 held out); the data do not tell" in text
