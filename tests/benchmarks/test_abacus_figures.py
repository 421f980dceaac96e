"""Intervals, and baselines at a cell's own budget."""

import pytest
from recipes_on_abacus.equal_budget import Point, compare, reach
from recipes_on_abacus.resampling import interval


def point(name, budget, solved):
    return Point(name, b_total=budget, b_seq=10, solved=dict(enumerate(solved)))


def test_an_interval_holds_the_mean_and_shrinks_with_more_problems():
    few, many = interval([0.0, 1.0] * 20), interval([0.0, 1.0] * 500)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
    assert few == interval([0.0, 1.0] * 20)
    assert many == pytest.approx((0.5 - 0.031, 0.5 + 0.031), abs=0.005)


def test_equal_values_have_an_interval_without_width():
    assert interval([1.0, 1.0]) == (1.0, 1.0)


def test_a_baseline_is_interpolated_between_the_cells_around_a_budget():
    curve = [point("c", 400, [1, 1]), point("a", 100, [0, 0]), point("b", 200, [1, 0])]
    assert reach(curve, 150, "b_total") == {0: 0.5, 1: 0.0}
    assert reach(curve, 200, "b_total") == {0: 1.0, 1: 0.0}
    assert reach(curve, 300, "b_total") == {0: 1.0, 1: 0.5}


@pytest.mark.parametrize("budget", [99, 401])
def test_nothing_is_said_beyond_what_was_measured(budget):
    curve = [point("a", 100, [0, 0]), point("c", 400, [1, 1])]
    assert reach(curve, budget, "b_total") is None
    compared = compare(point("x", budget, [1, 1]), curve, "vote", "b_total")
    assert (compared.relation, compared.baseline) == ("out of range", None)


def test_one_measured_cell_is_no_range():
    assert reach([point("a", 100, [1])], 100, "b_total") is None


def test_cells_of_one_budget_are_no_division_by_zero():
    curve = [point("a", 100, [0.5]), point("b", 100, [1.0])]
    assert reach(curve, 100, "b_total") == {0: 0.5}


@pytest.mark.parametrize(
    ("solved", "relation"),
    [([1] * 40, "above"), ([0] * 40, "below"), ([1, 0] * 20, "within")],
)
def test_a_cell_is_above_below_or_within(solved, relation):
    curve = [point("a", 100, [1, 1, 0, 0] * 10), point("b", 200, [1, 1, 0, 0] * 10)]
    compared = compare(point("x", 150, solved), curve, "vote", "b_total")
    assert compared.baseline == 0.5
    assert compared.difference.value == sum(solved) / 40 - 0.5
    assert compared.relation == relation


def test_pairing_by_problem_sees_what_two_intervals_do_not():
    base = [1, 0] * 100
    better = [1, 1, *base[2:]]
    for change in range(3, 20, 2):
        better[change] = 1
    curve = [point("a", 100, base), point("b", 200, base)]
    low, high = interval([float(each) for each in base])
    assert low < sum(better) / 200 < high
    assert compare(point("x", 150, better), curve, "vote", "b_total").relation == "above"
