"""Turns what a caller gives into what a run takes: a recipe, problems, a resolved job."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Set
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from redraft.agents import load_prompts_by_role
from redraft.core import (
    DEFAULT_ROLE,
    EMBEDDER_ROLE,
    Context,
    Embedder,
    InputError,
    Model,
    Problem,
    Prompt,
)
from redraft.graphs import RECIPES, Recipe
from redraft.jobs.fields import to_problem
from redraft.jobs.job import Job, Settings, Source
from redraft.jobs.problems import STDIN
from redraft.jobs.seen import Seen
from redraft.jobs.solving import Compiled
from redraft.models import trained_on

STRATEGIST = "strategist"

Graph = StateGraph[Any, Context, Any, Any] | Compiled
Given = Problem | Mapping[str, object] | str


def as_recipe(given: str | Recipe | Graph) -> Recipe:
    """The recipe called `given`, or a graph as a recipe without knobs."""
    if isinstance(given, Recipe):
        return given
    if isinstance(given, str):
        if given in RECIPES:
            return RECIPES[given]
        near = difflib.get_close_matches(given, RECIPES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(RECIPES)}"
        raise InputError(f"unknown recipe {given!r}; {hint}")
    graph = given.builder if isinstance(given, CompiledStateGraph) else given
    return Recipe(given.name if isinstance(given, CompiledStateGraph) else "graph", lambda: graph)


def as_problems(given: Iterable[Given]) -> Iterator[Problem]:
    """Problems out of values; places count from 1. Raises `InputError` naming the place."""
    seen = Seen()
    for number, value in enumerate(given, 1):
        try:
            problem = _as_problem(value, number)
        except InputError as error:
            raise InputError(f"problem {number}: {error}") from None
        before = seen.get(problem.id)
        if before is not None:
            raise InputError(f"problem {number}: id {problem.id!r:.60} is problem {before}'s too")
        seen.add(problem.id, number)
        yield problem


def _as_problem(value: Given, number: int) -> Problem:
    if isinstance(value, Problem):
        return value
    row = {"question": value} if isinstance(value, str) else value
    return to_problem(row, number, {}, None)


def parted(
    given: Model | Mapping[str, Model | Embedder],
) -> tuple[dict[str, Model], Embedder | None]:
    """Who is asked, by role, and the embedder, which is there under a role of its own."""
    if not isinstance(given, Mapping):
        return {DEFAULT_ROLE: given}, None
    asked = {role: cast(Model, one) for role, one in given.items() if role != EMBEDDER_ROLE}
    return asked, cast(Embedder | None, given.get(EMBEDDER_ROLE))


def at(path: str | Path) -> Source:
    """The source at `path`, made absolute; `"-"` is standard input."""
    return Source(path=STDIN if path == STDIN else str(Path(path).absolute()))


def make_job(
    source: Source,
    recipe: Recipe,
    knobs: Mapping[str, object],
    models: Mapping[str, Mapping[str, object]],
    settings: Settings,
    memory: str | None = None,
) -> Job:
    """The resolved job: every knob with its value, every role's prompts with their hashes.

    `models` says by role how a model is reached; its `model` is the name that counts. `memory` is
    the version of the memory that the run begins with; where there is none, nor is there an
    embedder. Raises `InputError` for a wrong knob, a prompt that cannot be read, or a memory or a
    strategist that is needed and not there.
    """
    _check_needs(recipe, settings, memory, models.keys())
    folder = Path(settings.prompts).absolute() if settings.prompts else None
    sets = settings.prompt_sets or {
        role: trained_on(str(spec.get("model", "")))
        for role, spec in models.items()
        if role != EMBEDDER_ROLE
    }
    resolved = {
        "prompts": str(folder) if folder else None,
        "prompt_sets": sets if any(sets.values()) else {},
    }
    return Job(
        problems=source,
        recipe=recipe.name,
        knobs=recipe.parse(knobs).model_dump(mode="json", exclude_none=True),
        models={
            role: dict(spec)
            for role, spec in models.items()
            if role != EMBEDDER_ROLE or memory is not None
        },
        settings=settings.model_copy(update=resolved),
        memory=memory,
        prompts=_hashes(load_prompts_by_role(folder, sets)),
        versions={"redraft": version("redraft")},
    )


def _check_needs(recipe: Recipe, settings: Settings, memory: str | None, roles: Set[str]) -> None:
    if recipe.thread:
        raise InputError(
            f"recipe {recipe.name} waits for a person's answer, which a batch has not: "
            "'redraft serve --threads FILE' offers it in a chat"
        )
    if memory is None and (recipe.memory or settings.learn != "off"):
        who = f"recipe {recipe.name} reads" if recipe.memory else "learning needs"
        raise InputError(
            f"{who} a handbook: add --handbook PATH, or in Python Settings(handbook=...)"
        )
    if settings.learn != "off" and not roles & {DEFAULT_ROLE, STRATEGIST}:
        raise InputError(f"learning needs a model for the role {STRATEGIST}, or one for all roles")


def _hashes(prompts: Mapping[str, Mapping[str, Prompt]]) -> dict[str, str]:
    """The default role's by name, and by role and name those in which another role differs."""
    shared = prompts[DEFAULT_ROLE]
    own = {
        f"{role}/{name}": prompt.hash
        for role, given in sorted(prompts.items())
        for name, prompt in sorted(given.items())
        if prompt != shared.get(name)
    }
    return {name: prompt.hash for name, prompt in sorted(shared.items())} | own
