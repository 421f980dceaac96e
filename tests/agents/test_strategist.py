"""The strategist looks back at a solution, and its behaviors are read from lines."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.agents import BEHAVE, EXTRACT, REFLECT, load_prompts, read_behaviors
from redraft.core import Behavior, Choice, Context, OutputError, Problem, Verdict
from redraft.testing import Scripted

PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")


async def never(problem: Problem, answer: str) -> Verdict:
    raise AssertionError("no agent checks an answer")


def read(text: str) -> list[tuple[str, str]]:
    items = read_behaviors(Choice(content=text), PROBLEM).items
    return [(item.name, item.instruction) for item in items]


@pytest.mark.parametrize("prompt_set", ["", "compact"])
async def test_behaviors_come_from_a_solution_and_help_with_the_next(prompt_set):
    said = ["Right, but long.", "behavior_halve: Halve, then double.", "\\boxed{42}"]
    model = Scripted(said)
    prompts = {"default": load_prompts(prompt_set=prompt_set)}
    context = Context(models={"default": model}, prompts=prompts, checker=never)
    shown = {"solution": "6+6+6+6+6+6+6=42"}
    (reflection,) = await REFLECT(context, PROBLEM, values=shown)
    shown["reflection"] = reflection.text
    (behaviors,) = await EXTRACT(context, PROBLEM, parents=[reflection], values=shown)
    assert behaviors.items == (Behavior(name="behavior_halve", instruction="Halve, then double."),)
    listed = {"behaviors": "behavior_halve: Halve, then double."}
    (solution,) = await BEHAVE(context, PROBLEM, parents=[behaviors], values=listed)
    assert solution.answer == "42"
    assert [request.origin.role for request in model.requests] == [
        "strategist",
        "strategist",
        "actor",
    ]
    reflect, extract, behave = (request.messages[-1].content for request in model.requests)
    assert "6+6" in reflect
    assert "Right, but long." in extract
    assert "behavior_halve: Halve" in behave


@pytest.mark.parametrize(
    "line",
    [
        "behavior_total: Add the parts: all of them.",
        "- behavior_total: Add the parts: all of them.",
        "2. **behavior_total**: Add the parts: all of them.",
        "* **behavior_total:** Add the parts: all of them.",
        "`Behavior_Total` : Add the parts: all of them.",
    ],
)
def test_a_behavior_is_read_however_its_line_is_marked(line):
    wrapped = f"Here they are:\n{line}\nbehavior_empty:\n\nbehavior_units: Keep the units.\n"
    assert read(wrapped) == [
        ("behavior_total", "Add the parts: all of them."),
        ("behavior_units", "Keep the units."),
    ]


@pytest.mark.parametrize("text", ["none", "None.", "**none**", "There is nothing new.\nNone"])
def test_none_is_an_answer(text):
    assert read(text) == []


@pytest.mark.parametrize("text", ["", "total: Add.", "behavior_total Add.", "Nonesuch"])
def test_a_text_without_behaviors_is_refused(text):
    with pytest.raises(OutputError, match="behavior_name: instruction"):
        read(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "bomb", ["*" * 200_000, "behavior_x" * 20_000, "behavior_x:" + "* " * 100_000, "1 " * 100_000]
)
def test_a_line_without_end_is_refused(bomb):
    with pytest.raises(OutputError):
        read(bomb)


@given(st.text(max_size=200).map(lambda text: f"behavior_{text}"))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(OutputError):
        assert all(name and instruction for name, instruction in read(text))
