"""Abacus as strategist: it reflects in its form, and names behaviors that exist and fit."""

import re

import pytest
from behaviors import SHORTCUTS
from planted import Task, share, shortenable, tasks

from redraft.agents import EXTRACT, REFLECT

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

# Far below what Abacus reaches, far above what text without sense does.
READABLE, JUDGED_RIGHT = 0.7, 0.65
NAMED, KNOWN, IN_ITS_WORDS = 0.6, 0.8, 0.6

TASKS = tasks(30, seed=31)
REFLECTION = re.compile(
    r"(\d+\. .+\n)+(The answer is right\.|Step \d+ is wrong\.)\nMissing: [\w, ]+"
)


async def test_a_reflection_judges_the_solution_and_names_what_it_missed(ask):
    cases = [(task.problem, {"solution": text}) for task in TASKS for text in both(task)]
    made = await ask(REFLECT, cases)
    assert share([bool(one and REFLECTION.fullmatch(one.text)) for one in made]) >= READABLE


async def test_a_reflection_tells_right_from_wrong(ask):
    cases = [(task, text) for task in TASKS for text in both(task)]
    made = await ask(REFLECT, [(task.problem, {"solution": text}) for task, text in cases])
    told = [
        one is not None and ("The answer is right." in one.text) == task.is_right(text)
        for one, (task, text) in zip(made, cases, strict=True)
    ]
    assert share(told) >= JUDGED_RIGHT


def both(task: Task) -> tuple[str, str]:
    return task.right, task.wrong()


async def test_the_behaviors_of_a_solution_are_named_in_words(ask):
    chosen = shortenable(30, seed=32)
    solutions = [(task.problem, {"solution": task.right}) for task, _ in chosen]
    reflections = await ask(REFLECT, solutions)
    cases = [
        (problem, {**values, "reflection": reflection.text if reflection else ""})
        for (problem, values), reflection in zip(solutions, reflections, strict=True)
    ]
    made = await ask(EXTRACT, cases)
    found = [{item.name: item.instruction for item in one.items} if one else {} for one in made]
    fits = [bool(set(task.shortcuts) & set(f)) for (task, _), f in zip(chosen, found, strict=True)]
    assert share(fits) >= NAMED
    items = [item for each in found for item in each.items()]
    assert share([name in SHORTCUTS for name, _ in items]) >= KNOWN
    assert share([text in SHORTCUTS.get(name, ()) for name, text in items]) >= IN_ITS_WORDS
