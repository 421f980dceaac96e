"""Texts are cut to a bound in tokens that is never passed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.agents.layout import fit, number


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
