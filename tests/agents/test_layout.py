"""Texts are cut to a bound in tokens that is never passed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.agents.layout import exemplify, fit, number, warn
from redraft.core import Example

ADDED = Example(
    key="a", problem="4 x 9?", solution="36", wrong="13", error="logical", explanation="It adds."
)
BARE = Example(key="b", problem="3 - 5?", solution="-2", wrong="2")


async def words(text: str) -> int:
    return len(text.split())


async def stubborn(text: str) -> int:
    return 10_000


async def test_what_fits_is_left_alone():
    assert await fit(["a b", "c"], 50, words) == number(["a b", "c"])


@pytest.mark.parametrize("limit", [16, 40, 100])
async def test_the_bound_holds_and_the_ends_stay(limit):
    texts = ["\n".join(f"line {i} of draft {d}" for i in range(50)) + "\nanswer" for d in range(3)]
    laid = await fit(texts, limit, words)
    assert await words(laid) <= limit
    if limit >= 40:
        assert laid.count("answer") == 3


async def test_a_count_that_never_falls_cannot_defeat_the_bound():
    laid = await fit(["x" * 5000], 64, stubborn)
    assert len(laid.encode()) <= 64


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4), st.integers(16, 200))
async def test_the_bound_holds_for_any_text(texts, limit):
    async def count(text: str) -> int:
        return len(text.encode())

    assert len((await fit(texts, limit, count)).encode()) <= limit


def test_examples_are_problems_with_their_solutions():
    shown = "Example 1:\n4 x 9?\nSolution:\n36\n\nExample 2:\n3 - 5?\nSolution:\n-2"
    assert exemplify([ADDED, BARE]) == shown


def test_a_mistake_is_told_by_its_kind_by_its_pair_or_by_both():
    kind, pair = "logical\nIt adds.", "4 x 9?\nWrong:\n13\nRight:\n36"
    assert warn([ADDED]) == f"Mistake 1:\n{kind}\n{pair}"
    assert warn([ADDED], pairs=False) == f"Mistake 1:\n{kind}"
    assert warn([ADDED], 7, types=False) == f"Mistake 7:\n{pair}"
    bare = "3 - 5?\nWrong:\n2\nRight:\n-2"
    assert warn([ADDED, BARE], pairs=False) == f"Mistake 1:\n{kind}\n\nMistake 2:\n{bare}"
