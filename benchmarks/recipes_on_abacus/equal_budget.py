"""What a baseline reaches at a cell's own budget, and whether the cell is better than that.

Between two measured cells of a baseline its accuracy is interpolated in the mean budget. That is
no guess: who solves a share of the problems with one and the rest with the other spends and solves
just that, in the mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from recipes_on_abacus.resampling import interval
from recipes_on_abacus.results import Axis, Comparison, Relation
from redraft.jobs import Rate


@dataclass(frozen=True, slots=True)
class Point:
    """A measured cell: mean tokens a problem, and how often each problem was solved."""

    name: str
    b_total: float
    b_seq: float
    solved: Mapping[str, float]

    def budget(self, axis: Axis) -> float:
        """The mean budget on `axis`, in tokens."""
        return self.b_total if axis == "b_total" else self.b_seq


def compare(cell: Point, curve: Sequence[Point], name: str, axis: Axis) -> Comparison:
    """`cell` against the baseline called `name`, measured at the points of `curve`."""
    reached = reach(curve, cell.budget(axis), axis)
    if reached is None:
        return Comparison(
            cell=cell.name,
            curve=name,
            axis=axis,
            baseline=None,
            difference=None,
            relation="out of range",
        )
    differences = [share - reached[problem] for problem, share in cell.solved.items()]
    low, high = interval(differences)
    return Comparison(
        cell=cell.name,
        curve=name,
        axis=axis,
        baseline=fmean(reached[problem] for problem in cell.solved),
        difference=Rate(value=fmean(differences), low=low, high=high),
        relation=_relation(low, high),
    )


def reach(curve: Sequence[Point], budget: float, axis: Axis) -> dict[str, float] | None:
    """How often a baseline solves each problem at `budget` tokens; `None` out of its range."""
    points = sorted(curve, key=lambda point: point.budget(axis))
    for before, after in pairwise(points):
        low, high = before.budget(axis), after.budget(axis)
        if low <= budget <= high:
            share = (budget - low) / (high - low) if high > low else 0.0
            return {
                problem: (1 - share) * solved + share * after.solved[problem]
                for problem, solved in before.solved.items()
            }
    return None


def _relation(low: float, high: float) -> Relation:
    if low > 0:
        return "above"
    return "below" if high < 0 else "within"
