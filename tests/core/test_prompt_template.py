"""A prompt inserts values once, whatever they look like, and says which are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.core import InputError, Prompt, Turn

SOLVE = Prompt(
    name="solve",
    turns=(
        Turn(role="system", template="Think."),
        Turn(role="user", template="{{problem}} / {{ notes }} / {{problem}}"),
    ),
)
HOSTILE = ["{{notes}}", "{{problem}}", r"\1 \g<0> \g<name>", "{0} %s $x", "", "{{", "}}", "\x00\n"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_never_read_as_template(value: str):
    said = SOLVE.fill({"problem": value, "notes": "n"})
    assert said[1].content == f"{value} / n / {value}"


@given(st.text(), st.text())
def test_any_text_arrives_unchanged(problem: str, notes: str):
    assert SOLVE.fill({"problem": problem, "notes": notes})[1].content == (
        f"{problem} / {notes} / {problem}"
    )


def test_turns_keep_their_roles_and_order():
    said = SOLVE.fill({"problem": "p", "notes": "n", "unused": "u"})
    assert [message.role for message in said] == ["system", "user"]
    assert said[0].content == "Think."


def test_holes_are_named_once():
    assert SOLVE.holes == {"problem", "notes"}


def test_a_missing_value_is_named():
    with pytest.raises(InputError, match="'solve': no value for notes"):
        SOLVE.fill({"problem": "p"})


def test_the_hash_names_the_wording():
    one = Prompt(name="draft", turns=(Turn(role="user", template="Solve: {{problem}}"),))
    assert one.hash == "9c5bf04bb80e"
    other = Prompt(name="draft", turns=(Turn(role="user", template="Solve {{problem}}"),))
    assert other.hash != one.hash
    assert Prompt(name=one.name, turns=one.turns, lines=True).hash != one.hash
