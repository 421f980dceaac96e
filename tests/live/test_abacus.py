"""Abacus as an actor: it solves, mends and shortens more often than text without sense could."""

import asyncio
import random
import re
from dataclasses import replace

import pytest
import pytest_asyncio
from behaviors import SHORTCUTS
from planted import Task, share, shortenable, tasks, told

from redraft.agents import BEHAVE, CRITIC, DRAFT, REFINE, REVISE, REWRITE, carry
from redraft.core import Context, Sampling, Solution
from redraft.jobs import Settings, solve
from redraft.models import SHIPPED, Endpoint, VLLMServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

# Far below what Abacus reaches, far above what text without sense does.
SINGLE, VOTE_BELOW_SINGLE = 0.25, 0.10
WELL_FORMED = 0.9
REFINED, MENDED = 0.5, 0.5
SHORTER, CITED, CITED_IDLY, BY_BEHAVIORS = 0.4, 0.5, 0.3, 0.4

TASKS = tasks(40, seed=11)
PROBLEMS = [task.problem for task in TASKS]
FORM = re.compile(r"(?:\d+\. \d+ [-+x/] \d+ = \d+\n)+\\boxed\{\d+\}")
IDLE = "behavior_draw: Draw a picture of the story first."
SAMPLED = Settings(sampling={"default": Sampling(max_tokens=320)}, seed=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runs(abacus: VLLMServer):
    """One draft of each problem, and five put to a vote."""
    async with Endpoint(abacus.url, SHIPPED["abacus"].full_name, api_key=abacus.api_key) as model:
        single = await solve(PROBLEMS, recipe="single", models=model, settings=SAMPLED)
        vote = await solve(PROBLEMS, recipe="vote", knobs={"n": 5}, models=model, settings=SAMPLED)
    return single, vote


def test_a_single_draft_is_right_often_enough(runs):
    single, _ = runs
    assert single.summary.accuracy.value >= SINGLE


def test_a_vote_is_no_worse_than_a_single_draft(runs):
    single, vote = runs
    assert vote.summary.accuracy.value >= single.summary.accuracy.value - VOTE_BELOW_SINGLE


def test_a_solution_is_numbered_steps_and_one_box(runs):
    drafts = [a.text for run in runs for record in run for a in record.artifacts if a.calls]
    assert len(drafts) == 6 * len(PROBLEMS)
    assert share([well_formed(text) for text in drafts]) >= WELL_FORMED


def well_formed(text: str) -> bool:
    places = [int(place) for place in re.findall(r"^(\d+)\.", text, re.MULTILINE)]
    return bool(FORM.fullmatch(text)) and places == list(range(1, len(places) + 1))


async def test_drafts_differ_but_a_seed_gives_the_same_again(context: Context):
    warm = replace(context, sampling=SAMPLED.sampling)
    hard = sorted(TASKS, key=lambda task: len(task.steps))[-8:]

    async def drafted() -> list[list[str]]:
        made = await asyncio.gather(*(DRAFT(warm, task.problem, n=4) for task in hard))
        return [[draft.text for draft in drafts] for drafts in made]

    first = await drafted()
    assert await drafted() == first
    assert any(len(set(texts)) > 1 for texts in first)


def right(made: list[Solution]) -> list[bool]:
    return [one.answer == task.problem.answer for one, task in zip(made, TASKS, strict=True)]


@pytest.mark.parametrize("pattern", ["rw", "wr"])
async def test_a_right_attempt_in_the_workspace_is_taken_up(context: Context, pattern: str):
    async def refined(task: Task) -> Solution:
        shown = [
            context.add(task.problem, Solution(text=text, agent="planted"), index=place)
            for place, text in enumerate(task.attempts(pattern))
        ]
        notes = await carry(context, task.problem, shown, 1024, parents=shown, index=0)
        values = {"workspace": notes.text}
        (made,) = await REFINE(context, task.problem, parents=[notes], values=values)
        return made

    made = await asyncio.gather(*(refined(task) for task in TASKS))
    assert share(right(made)) >= REFINED


async def test_a_right_critique_mends_a_planted_mistake(ask):
    planted = [(task, task.wrong()) for task in TASKS]
    cases = [
        (task.problem, {"solution": text, "critique": task.critique(text)})
        for task, text in planted
    ]
    made = await ask(REVISE, cases)
    assert share(right(made)) >= MENDED


async def test_a_behavior_that_fits_shortens_the_solution_and_is_named(ask):
    chosen = shortenable(40, seed=12)
    plain = await ask(DRAFT, [(task.problem, {}) for task, _ in chosen])
    short = await ask(BEHAVE, [(task.problem, {"behaviors": told(name)}) for task, name in chosen])
    pairs = list(zip(plain, short, strict=True))
    assert share([few.usage.output < many.usage.output for many, few in pairs]) >= SHORTER
    named = [f"Using {name}." in few.text for few, (_, name) in zip(short, chosen, strict=True)]
    assert share(named) >= CITED
    answers = [
        one.answer == task.problem.answer for one, (task, _) in zip(short, chosen, strict=True)
    ]
    assert share(answers) >= BY_BEHAVIORS


async def test_the_list_of_a_handbook_leaves_most_solutions_right(ask):
    # Five at once, in the order of chance, as a handbook gives them: some twice, some no help.
    rng = random.Random(14)
    lines = [told(name) for name in SHORTCUTS] + [
        IDLE,
        told("behavior_join").replace(":", "_2:", 1),
    ]
    shown = ["\n".join(rng.sample(lines, 5)) for _ in TASKS]
    cases = [(task.problem, {"behaviors": text}) for task, text in zip(TASKS, shown, strict=True)]
    assert share(right(await ask(BEHAVE, cases))) >= BY_BEHAVIORS


async def test_a_behavior_that_does_not_fit_is_mostly_left_alone(ask):
    made = await ask(BEHAVE, [(task.problem, {"behaviors": IDLE}) for task in TASKS])
    assert share(["behavior_" in one.text for one in made]) <= CITED_IDLY


async def test_a_second_role_finds_the_problem_cached(ask):
    # The cache holds whole blocks of tokens, so the prompts must be long to share one.
    long = sorted(TASKS, key=lambda task: len(task.problem.prompt) + len(task.right))[-8:]
    cases = [(task.problem, {"solution": task.right}) for task in long]
    await ask(CRITIC, cases)
    made = await ask(REWRITE, cases)
    assert all(0 < one.usage.cached < one.usage.input for one in made)
