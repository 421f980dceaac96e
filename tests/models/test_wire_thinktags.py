"""Reasoning is told from content wherever the tags begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.models.thinktags import split_thinking


@pytest.mark.parametrize(
    ("text", "reasoning", "content"),
    [
        ("The answer is 4.", "", "The answer is 4."),
        ("  spaces stay\n", "", "  spaces stay\n"),
        ("<think>2+2</think>\n\n4", "2+2", "4"),
        ("\n<think>\n2+2\n</think>4", "2+2", "4"),
        ("2+2\n</think>\n\n4", "2+2", "4"),
        ("</think>4", "", "4"),
        ("<think></think>4", "", "4"),
        ("<think>a</think>x<think>b</think>y", "a\nb", "xy"),
        ("Let me see. <think>a</think> 4", "a", "Let me see.  4"),
        ("<think>still at it", "still at it", ""),
        ("a mention of <think> in an answer", "", "a mention of <think> in an answer"),
        ("<think>a</think>write <think> first", "a", "write <think> first"),
        ("<think>a</think>\n<think>b", "a\nb", ""),
        ("a</think>b</think>c", "a", "b</think>c"),
    ],
)
def test_a_finished_text(text, reasoning, content):
    assert split_thinking(text, cut=False) == (reasoning, content)


@pytest.mark.parametrize(
    ("text", "reasoning", "content"),
    [
        ("<think>still at it", "still at it", ""),
        ("Well. <think>still at it", "still at it", "Well."),
        ("<think>a</think>the answer is", "a", "the answer is"),
    ],
)
def test_a_text_cut_at_its_cap(text, reasoning, content):
    assert split_thinking(text, cut=True) == (reasoning, content)


PIECES = st.lists(st.sampled_from(["<think>", "</think>", "a", "b ", "\n"]), max_size=12)


@given(PIECES, st.booleans())
def test_nothing_that_was_said_is_lost(pieces, cut):
    text = "".join(pieces)
    reasoning, content = split_thinking(text, cut=cut)
    kept = reasoning + content
    assert [kept.count(letter) for letter in "ab"] == [text.count(letter) for letter in "ab"]


def test_a_hostile_text_takes_linear_time():
    text = "<think>x</think>" * 20_000 + "<think>" * 20_000
    reasoning, _ = split_thinking(text, cut=True)
    assert len(reasoning) > 100_000
