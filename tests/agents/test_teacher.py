"""A hint must not contain the answer."""

import pytest

from redraft.agents import leaks, load_prompts, teach
from redraft.core import Context, OutputError, Problem, Solution, Verdict
from redraft.testing import Scripted

PROBLEM = Problem(id="p", prompt="A farmer has 12 hens and buys 30 more. How many?")


async def unused(problem: Problem, answer: str) -> Verdict:
    raise AssertionError


def run(*lines: str) -> Context:
    return Context(
        models={"default": Scripted(list(lines))},
        prompts={"default": load_prompts()},
        checker=unused,
    )


@pytest.mark.parametrize(
    ("hint", "leaked"),
    [
        ("You should get 42.", True),
        ("Add the new hens to the old ones.", False),
        ("Start from 12 hens.", False),
        ("It is not 421, think again.", False),
        ("The result, 42, is even.", True),
        ("It is 4.2 times more.", False),
    ],
)
def test_an_answer_counts_only_as_a_whole_number_that_the_problem_lacks(hint, leaked):
    assert leaks(hint, ["42", "12"], PROBLEM.text) is leaked


async def drafts(context: Context) -> list[Solution]:
    made = Solution(agent="draft", text="12+30=42", answer="42")
    return [context.add(PROBLEM, made)]


async def test_a_leaking_hint_is_thrown_away():
    context = run("The answer is 42, show it.")
    with pytest.raises(OutputError, match="states an answer"):
        await teach(context, PROBLEM, await drafts(context))


async def test_a_boxed_hint_is_asked_for_again():
    context = run("\\boxed{42}", "Add both groups.")
    hint = await teach(context, PROBLEM, await drafts(context))
    assert hint.text == "Add both groups."
    assert len(hint.calls) == 2
