"""`self_improve` against critique-and-revise: which cells, and the comparison at equal budgets."""

from collections.abc import Sequence
from statistics import fmean

from recipes_on_abacus.cells import CRITIQUE, SINGLE, Cell
from recipes_on_abacus.equal_budget import Point, compare
from recipes_on_abacus.outcomes import by_problem
from recipes_on_abacus.resampling import interval
from recipes_on_abacus.results import Comparison
from recipes_on_abacus.running import Runs

from handbook_on_abacus.results import Row
from redraft import RECIPES
from redraft.jobs import Rate

BASE = Cell(SINGLE, "single", RECIPES["single"])


def _critique(rounds: int) -> Cell:
    label, knobs = f"critique, gate=always, rounds={rounds}", {"gate": "always", "rounds": rounds}
    return Cell(f"critique-always-{rounds}", label, RECIPES["critique"], knobs, CRITIQUE)


def _improve(n: int) -> Cell:
    label = f"self_improve, traces=1, n={n}"
    return Cell(f"self-improve-{n}", label, RECIPES["self_improve"], {"traces": 1, "n": n})


CELLS: Sequence[Cell] = (*(_critique(rounds) for rounds in (1, 2)), *map(_improve, (1, 4)))


def sum_up(runs: Runs) -> tuple[tuple[Row, ...], tuple[Comparison, ...]]:
    """What each cell came to, `single` among them, and the comparisons.

    Critique-and-revise is a curve through `single` and its rounds, interpolated in the mean
    `B_total`, as in the benchmark of the recipes.
    """
    cells = [BASE, *CELLS]
    points = {cell.name: _point(cell, runs) for cell in cells}
    curve = [points[cell.name] for cell in cells if cell is BASE or cell.curve]
    rows = tuple(_row(cell, points[cell.name]) for cell in cells)
    against = (
        compare(points[cell.name], curve, CRITIQUE, "b_total") for cell in CELLS if not cell.curve
    )
    return rows, tuple(against)


def _point(cell: Cell, runs: Runs) -> Point:
    outcomes = [outcome for run in runs[cell.name] for outcome in run.outcomes]
    return Point(
        cell.name,
        fmean(outcome.b_total for outcome in outcomes),
        fmean(outcome.b_seq for outcome in outcomes),
        by_problem([run.outcomes for run in runs[cell.name]]),
    )


def _row(cell: Cell, point: Point) -> Row:
    shares = list(point.solved.values())
    low, high = interval(shares)
    right = Rate(value=fmean(shares), low=low, high=high)
    return Row(name=cell.name, label=cell.label, right=right, b_total=point.b_total)
