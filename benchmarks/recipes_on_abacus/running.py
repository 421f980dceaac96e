"""Runs the cells, each seed of each in a run folder of its own.

Nothing is shared between folders, so that a cell pays for all its calls and its seconds are its
own. What was finished before is not asked again; a cell that was interrupted goes on, but tells no
seconds.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recipes_on_abacus.cells import Cell
from recipes_on_abacus.outcomes import Outcome, outcome_of
from redraft import Model, Problem, Results, Settings, solve
from redraft.core import InputError, Value
from redraft.jobs import RunFolder

WARM_UP = 8
Say = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """What to run. `problems` go by key; `settings` lack the seed, which counts from 0."""

    problems: Mapping[str, Problem]
    cells: Sequence[Cell]
    seeds: int
    settings: Settings
    out: Path

    def folder(self, cell: Cell, seed: int) -> Path:
        """The run folder of one seed of `cell`."""
        return self.out / "cells" / cell.name / f"seed-{seed}"


@dataclass(frozen=True)
class Run:
    """One seed of a cell: its results in their folder, and what became of the plan's problems.

    `seconds` is its wall time, `None` where it was interrupted.
    """

    results: Results
    outcomes: Sequence[Outcome]
    seconds: float | None


class Clock(Value):
    """Wall seconds of a run that was not interrupted, and how many problems it solved."""

    problems: int
    seconds: float


Runs = Mapping[str, Sequence[Run]]
"""Runs by the name of their cell, in the order of their seeds."""


async def run_cells(plan: Plan, models: Mapping[str, Model], say: Say) -> Runs:
    """Run what of `plan` has not been run, seed by seed, and `say` how each run came out."""
    if any(_is_fresh(plan.folder(cell, 0)) for cell in plan.cells):
        # The first calls of a server are slower; no cell should pay for that.
        first = list(plan.problems.values())[:WARM_UP]
        await solve(first, models=models, settings=plan.settings)
    runs: dict[str, list[Run]] = {cell.name: [] for cell in plan.cells}
    for seed in range(plan.seeds):
        for cell in plan.cells:
            run = await run_cell(plan, cell, seed, models)
            runs[cell.name].append(run)
            right = sum(outcome.right for outcome in run.outcomes) / len(run.outcomes)
            spent = "interrupted" if run.seconds is None else f"{run.seconds:.0f} s"
            say(f"{cell.name}, seed {seed}: {right:.1%} of {len(run.outcomes)}, {spent}")
    return runs


async def run_cell(plan: Plan, cell: Cell, seed: int, models: Mapping[str, Model]) -> Run:
    """Run one seed of `cell`, in its folder."""
    folder = plan.folder(cell, seed)
    fresh, started = _is_fresh(folder), time.monotonic()
    results = await solve(
        plan.problems.values(),
        models=models,
        recipe=cell.recipe,
        knobs=cell.knobs,
        out=folder,
        settings=plan.settings.model_copy(update={"seed": seed}),
    )
    path, asked = folder / "clock.json", len(plan.problems)
    if fresh:
        clock = Clock(problems=asked, seconds=round(time.monotonic() - started, 3))
        path.write_text(clock.model_dump_json() + "\n", encoding="utf-8")
    # An earlier start may have asked for other problems, too.
    outcomes = [outcome_of(record) for record in results if record.key in plan.problems]
    return Run(results, outcomes, _seconds(path, asked))


def _is_fresh(folder: Path) -> bool:
    return not RunFolder(folder).journal.exists()


def _seconds(path: Path, problems: int) -> float | None:
    if not path.exists():
        return None
    clock = Clock.model_validate_json(path.read_bytes())
    return clock.seconds if clock.problems == problems else None


def claim(out: Path, model: str, weights: str) -> None:
    """Say which model `out` belongs to; raises `InputError` if it is another's.

    A journal knows a model by its name alone, and would give an older model's replies.
    """
    path, mine = out / "model.txt", f"{model} {weights}\n"
    if path.exists() and path.read_text(encoding="utf-8") != mine:
        raise InputError(
            f"{out}: holds runs of another model or other weights ({path.name}); choose another "
            "folder with --out, or delete this one"
        )
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(mine, encoding="utf-8")


def hash_of(weights: Path) -> str:
    """A short hash of a file of weights."""
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
