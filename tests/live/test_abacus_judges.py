"""Abacus as critic, verifier and distiller: it tells planted mistakes from right attempts."""

import asyncio
import re

import pytest
from planted import Task, share, tasks

from redraft.agents import CRITIC, VERIFIER, choose, summarise
from redraft.core import Context, Solution

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

# Far below what Abacus reaches, far above what text without sense does.
STEP_NAMED, RIGHT_PASSED = 0.15, 0.6
VERDICTS_RIGHT, BEST_IS_RIGHT = 0.65, 0.65
READABLE = 0.95
AGREED_STEPS, ANSWERS_LISTED = 0.75, 0.6

TASKS = tasks(40, seed=21)
RIGHT = [(task.problem, {"solution": task.right}) for task in TASKS]
WRONG = [(task.problem, {"solution": task.wrong()}) for task in TASKS]


def shown(context: Context, task: Task, pattern: str) -> list[Solution]:
    """Attempts at `task` as drafts that have entered the lineage."""
    return [
        context.add(task.problem, Solution(text=text, agent="planted"), index=place)
        for place, text in enumerate(task.attempts(pattern))
    ]


async def test_the_critic_names_the_planted_step(ask):
    critiques = await ask(CRITIC, WRONG)
    named = [
        critique is not None and critique.first_error == task.first_wrong(task.wrong())
        for critique, task in zip(critiques, TASKS, strict=True)
    ]
    assert share(named) >= STEP_NAMED


async def test_the_critic_lets_right_solutions_pass(ask):
    critiques = await ask(CRITIC, RIGHT)
    passed = [one is not None and one.first_error == -1 and one.final_correct for one in critiques]
    assert share(passed) >= RIGHT_PASSED


async def test_the_verifier_gives_a_verdict_with_its_own_solution(ask):
    verdicts = await ask(VERIFIER, [*RIGHT, *WRONG])
    solved = [one is not None and one.comment.startswith("1. ") for one in verdicts]
    assert share(solved) >= READABLE


async def test_the_verifier_beats_chance_on_as_many_right_as_wrong_answers(ask):
    verdicts = await ask(VERIFIER, [*RIGHT, *WRONG])
    wanted = ["passed"] * len(RIGHT) + ["failed"] * len(WRONG)
    right = [one is not None and one.outcome == w for one, w in zip(verdicts, wanted, strict=True)]
    assert share(right) >= VERDICTS_RIGHT


@pytest.mark.parametrize("k", [1, 2])
async def test_the_distiller_chooses_attempts_by_their_numbers(context: Context, k: int):
    made = await chosen(context, "rwrw", k)
    selections = [basis[0] for _, basis in made if basis[0].kind == "selection"]
    assert len(selections) >= READABLE * len(TASKS)
    valid = [len(one.best) == k and set(one.best) <= set(range(4)) for one in selections]
    assert share(valid) >= READABLE


# The card of the model says so; the day it prefers right ones, this test fails and loses the mark.
@pytest.mark.xfail(reason="this Abacus chooses by chance", strict=True)
async def test_the_distiller_prefers_right_attempts_wherever_they_stand(context: Context):
    found = [
        task.is_right(best[0].text)
        for pattern in ("rwrw", "wrwr")
        for task, (best, _) in zip(TASKS, await chosen(context, pattern, 2), strict=True)
    ]
    assert share(found) >= BEST_IS_RIGHT


async def chosen(context: Context, pattern: str, k: int):
    """What the distiller chooses for each task, and what the choice rests on."""
    calls = (choose(context, t.problem, shown(context, t, pattern), k, 0) for t in TASKS)
    return await asyncio.gather(*calls)


async def test_notes_hold_the_steps_that_attempts_agree_on_and_all_answers(context: Context):
    async def noted(task: Task):
        drafts = shown(context, task, "rwr")
        return drafts, await summarise(context, task.problem, drafts, 400, 0)

    made = await asyncio.gather(*(noted(task) for task in TASKS))
    kept = [
        share([step in notes.text for step in task.steps])
        for task, (_, notes) in zip(TASKS, made, strict=True)
    ]
    assert sum(kept) / len(kept) >= AGREED_STEPS
    listed = [
        re.findall(r"\d+", notes.text.rpartition("Answers:")[2])
        == [re.findall(r"\\boxed\{(\d+)\}", draft.text)[0] for draft in drafts]
        for drafts, notes in made
    ]
    assert share(listed) >= ANSWERS_LISTED
