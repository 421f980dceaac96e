"""A repeated mistake is read by its number."""

import pytest

from redraft.agents import read_recurrence
from redraft.core import Choice, OutputError, Problem

PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")


@pytest.mark.parametrize(
    ("reply", "place"),
    [('{"reason": " It adds. ", "mistake": 2}', 1), ('{"mistake": 0, "reason": "It adds."}', -1)],
)
def test_a_mistake_is_counted_from_one_and_none_is_zero(reply: str, place: int):
    made = read_recurrence(Choice(content=reply), PROBLEM)
    assert (made.mistake, made.text) == (place, "It adds.")


@pytest.mark.parametrize("reply", ["", "2", '{"mistake": -1}', '{"mistake": "the second"}', "{}"])
def test_another_reply_is_unreadable(reply: str):
    with pytest.raises(OutputError):
        read_recurrence(Choice(content=reply), PROBLEM)
