"""Skills are read from JSON, and kept to a closed list."""

import json

import pytest

from redraft.agents import on_list, read_labels
from redraft.core import Choice, OutputError, Problem

PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")


def test_skills_are_read_once_each():
    reply = {"correct": False, "reason": "", "skills": ["sums", " sums ", "", "roots"]}
    assert read_labels(Choice(content=json.dumps(reply)), PROBLEM).names == ("sums", "roots")
    assert read_labels(Choice(content='{"skills": []}'), PROBLEM).names == ()


@pytest.mark.parametrize("reply", ["", "sums", '{"reason": "It adds."}', '{"skills": "sums"}'])
def test_a_reply_without_a_list_is_unreadable(reply: str):
    with pytest.raises(OutputError):
        read_labels(Choice(content=reply), PROBLEM)


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        (["SUMS", "magic"], ["Sums"]),
        (["roots", "Sums", "ROOTS"], ["roots", "Sums"]),
        (["magic"], []),
        ([], []),
    ],
)
def test_names_are_kept_to_the_list_and_its_spelling(named: list[str], kept: list[str]):
    assert on_list(named, ["Sums", "roots"]) == kept
