"""The figures of a report, against published or brute-force values."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.jobs.statistics import interval, pass_at, quantile, vote_is_right


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_agrees_with_the_literature(right, of, low, high):
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    assert interval(right, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_rate(counts):
    right, of = counts
    low, high = interval(right, of)
    assert 0 <= low <= right / of <= high <= 1


@given(st.integers(1, 7), st.integers(0, 7), st.integers(1, 7))
def test_pass_at_k_is_the_share_of_draws_that_hold_a_right_answer(of, right, k):
    right, k = min(right, of), min(k, of)
    draws = list(combinations([i < right for i in range(of)], k))
    assert pass_at(k, right, of) == pytest.approx(sum(map(any, draws)) / len(draws))


@pytest.mark.parametrize(
    ("answers", "correct", "right"),
    [
        (["1", "2", "2"], [True, False, False], False),
        (["1/2", "3", "0.5"], [True, False, True], True),
        (["1", "2"], [True, False], True),
        (["2", "1"], [False, True], False),
        ([None, None, "1"], [False, False, True], True),
        ([None, None], [False, False], False),
        (["1", "2"], [None, None], False),
    ],
)
def test_the_vote(answers, correct, right):
    assert vote_is_right(answers, correct) is right


@given(st.lists(st.integers(), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_value_that_enough_do_not_exceed(values, q):
    found = quantile(values, q)
    assert found in values
    assert sum(v <= found for v in values) >= q * len(values) - 1e-9
    assert sum(v < found for v in values) < q * len(values)


def test_the_quantile_of_nothing_is_zero():
    assert quantile([], 0.5) == 0
