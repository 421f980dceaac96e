"""Stories of Abacus' development split as problems, with right attempts and planted mistakes.

The generator and the exact checker are those of `examples/abacus`, which trains on another split.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from behaviors import SHORTCUTS
from checking import answer, first_wrong_step
from lessons import case, critique_of
from solution import render, shorten, solve, wrong
from story import STANDARD, Level, Story, stories

from redraft.core import Problem

TELLING = Level(detours=0.5)
"""Stories in which a shortcut mostly fits."""


@dataclass(frozen=True, slots=True)
class Task:
    """A story as a problem, with its right steps and the text of the right solution."""

    problem: Problem
    story: Story
    steps: Sequence[str]
    right: str

    def wrong(self, seed: int = 0) -> str:
        """An attempt with one mistake that is carried on from there, to another answer."""
        rng = random.Random(f"{self.problem.id}:{seed}")
        while answer(text := wrong(self.story, rng)) == self.problem.answer:
            pass
        return text

    def attempts(self, pattern: str) -> list[str]:
        """One attempt for each letter: `r` the right one, `w` a wrong one of its own."""
        return [
            self.right if letter == "r" else self.wrong(place)
            for place, letter in enumerate(pattern)
        ]

    def first_wrong(self, text: str) -> int | None:
        """The first wrong step of `text`, from 1."""
        return first_wrong_step(self.steps, text)

    def critique(self, text: str) -> str:
        """What a critic should say of `text`."""
        return critique_of(case(self.story, random.Random(0)), text)

    def is_right(self, text: str) -> bool:
        """Whether the answer of `text` is right."""
        return answer(text) == self.problem.answer

    @property
    def shortcuts(self) -> list[str]:
        """The behaviors that shorten the solution."""
        return shorten(self.story, SHORTCUTS)[2]


def tasks(count: int, *, seed: int, level: Level = STANDARD) -> list[Task]:
    """The same `count` tasks for the same seed."""
    return [
        _task(f"dev-{seed}-{place}", story)
        for place, story in enumerate(islice(stories("dev", seed, level), count))
    ]


def told(name: str) -> str:
    """The behavior `name` as an actor is told of it."""
    return f"{name}: {SHORTCUTS[name][0]}"


def shortenable(count: int, *, seed: int) -> list[tuple[Task, str]]:
    """Tasks with the name of a behavior that shortens their solution."""
    drawn = tasks(3 * count, seed=seed, level=TELLING)
    return [(task, task.shortcuts[0]) for task in drawn if task.shortcuts][:count]


def _task(name: str, story: Story) -> Task:
    steps, result = solve(story)
    problem = Problem(id=name, prompt=story.text, answer=str(result))
    return Task(problem, story, steps, render(steps, result))


def share(values: Sequence[bool]) -> float:
    """How many of `values` hold, from 0 to 1."""
    return sum(values) / len(values)
