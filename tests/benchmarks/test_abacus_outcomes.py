"""What a recipe began with, read off real records of the toy model."""

import pytest
from recipes_on_abacus.cells import CELLS
from recipes_on_abacus.outcomes import by_problem, first_drafts, majority_is_right, outcome_of

from redraft import RECIPES, Problem, solve
from redraft.testing import Scripted


def boxed(*answers):
    return [f"I get \\boxed{{{answer}}}." for answer in answers]


async def record_of(recipe, says, **knobs):
    """The record of one problem (gold 42) on which each agent says its lines in order."""
    left = {agent: list(lines) for agent, lines in says.items()}

    def say(request):
        return [left[request.origin.agent].pop(0) for _ in range(request.sampling.n)]

    problem = Problem(id="p", prompt="What is 6 times 7?", answer="42")
    results = await solve(
        [problem], models=Scripted(say), recipe=RECIPES[recipe], knobs=knobs, out=None
    )
    (record,) = results
    return record


WRONG = "Correctness of the step: Wrong\nCorrectness of the final answer: Wrong"


@pytest.mark.parametrize(
    ("recipe", "says", "knobs", "began", "right"),
    [
        ("single", {"draft": boxed(42)}, {}, True, True),
        ("vote", {"draft": boxed(1, 42, 42)}, {"n": 3}, False, True),
        ("vote", {"draft": boxed(42, 1, 1)}, {"n": 3}, True, False),
        ("sequential", {"draft": boxed(42), "rewrite": boxed(1)}, {"rounds": 2}, True, False),
        (
            "pdr",
            {"draft": boxed(1, 42, 42), "distiller": ["notes"], "refine": boxed(7)},
            {"widths": (3,)},
            True,
            False,
        ),
        ("critique", {"draft": boxed(1), "critic": [WRONG], "revise": boxed(42)}, {}, False, True),
        (
            "critique",
            {"draft": boxed(1, 42), "critic": [WRONG]},
            {"revise": "anew"},
            False,
            True,
        ),
        (
            "critique",
            {"draft": boxed(1, 1, 42), "critic": [WRONG] * 3, "revise": boxed(42, 42, 42)},
            {"n": 3},
            False,
            True,
        ),
    ],
)
async def test_what_a_recipe_began_with(recipe, says, knobs, began, right):
    outcome = outcome_of(await record_of(recipe, says, **knobs))
    assert (outcome.began_right, outcome.right) == (began, right)


async def test_drafts_made_later_are_no_first_drafts():
    says = {"draft": boxed(1, 42), "critic": [WRONG]}
    record = await record_of("critique", says, revise="anew")
    assert [draft.answer for draft in first_drafts(record)] == ["1"]
    fresh = {"draft": boxed(1, 2, 3), "distiller": ["notes"], "refine": boxed(42)}
    record = await record_of("pdr", fresh, widths=(2,), fresh=1)
    assert [draft.answer for draft in first_drafts(record)] == ["1", "2"]


async def test_the_toy_gives_every_cell_a_beginning(toy, toy_problem):
    for cell in CELLS:
        results = await solve(
            [toy_problem(n) for n in range(4)], models=toy, recipe=cell.recipe, knobs=cell.knobs
        )
        outcomes = [outcome_of(record) for record in results]
        assert all(outcome.began_right is not None for outcome in outcomes), cell.name
        assert not any(outcome.failures for outcome in outcomes), cell.name


def test_right_answers_are_one_answer_in_a_majority():
    assert majority_is_right([("1/2", True), ("3", False), ("3", False), ("0.5", True)])
    assert not majority_is_right([("3", False), ("1/2", True)])
    assert not majority_is_right([(None, False)])


async def test_shares_are_over_the_seeds_of_a_problem(toy, toy_problem):
    runs = []
    for draft in boxed(42, 1, 42):
        runs.append([outcome_of(await record_of("single", {"draft": [draft]}))])
    assert list(by_problem(runs).values()) == [pytest.approx(2 / 3)]
