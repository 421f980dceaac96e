"""Adds finished runs up to the benchmark's report."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from statistics import fmean

from recipes_on_abacus.cells import CURVES, JUDGED, PROBE, SINGLE, Cell
from recipes_on_abacus.equal_budget import Point, compare
from recipes_on_abacus.judging import FirstWrong, judge_critic, judge_verifier, steps_of
from recipes_on_abacus.outcomes import by_problem
from recipes_on_abacus.resampling import interval
from recipes_on_abacus.results import Axis, CellResult, Comparison, Judge
from recipes_on_abacus.running import Run, Runs
from redraft import Problem, Record
from redraft.jobs import Rate

AXES: Sequence[Axis] = ("b_total", "b_seq")
Sums = tuple[tuple[CellResult, ...], tuple[Comparison, ...]]


def sum_up(cells: Sequence[Cell], runs: Runs) -> Sums:
    """The figures of every cell, and its comparisons with the baselines."""
    results: list[CellResult] = []
    points: list[tuple[Cell, Point]] = []
    for cell in (cell for cell in cells if cell.name != PROBE):
        solved = by_problem([run.outcomes for run in runs[cell.name]])
        result = _figures(cell, runs[cell.name], solved)
        results.append(result)
        points.append((cell, Point(cell.name, result.b_total, result.b_seq, solved)))
    return tuple(results), tuple(_comparisons(points))


def _figures(cell: Cell, runs: Sequence[Run], solved: Mapping[str, float]) -> CellResult:
    outcomes = [outcome for run in runs for outcome in run.outcomes]
    low, high = interval(list(solved.values()))
    seconds = [run.seconds for run in runs if run.seconds is not None]
    return CellResult(
        name=cell.name,
        label=cell.label,
        curve=cell.curve,
        recipe=cell.recipe.name,
        knobs=cell.recipe.parse(cell.knobs).model_dump(mode="json"),
        oracle=cell.oracle,
        runs=len(outcomes),
        accuracy=Rate(value=fmean(solved.values()), low=low, high=high),
        by_seed=tuple(fmean(outcome.right for outcome in run.outcomes) for run in runs),
        b_total=fmean(outcome.b_total for outcome in outcomes),
        b_seq=fmean(outcome.b_seq for outcome in outcomes),
        seconds=fmean(seconds) if seconds else None,
        timed=len(seconds),
        began_right=sum(outcome.began_right is True for outcome in outcomes),
        right_to_wrong=sum(one.began_right is True and not one.right for one in outcomes),
        wrong_to_right=sum(one.began_right is False and one.right for one in outcomes),
        failures=dict(Counter(kind for outcome in outcomes for kind in outcome.failures)),
    )


def _comparisons(points: Sequence[tuple[Cell, Point]]) -> list[Comparison]:
    curves = {
        curve: [point for cell, point in points if cell.name == SINGLE or cell.curve == curve]
        for curve in CURVES
    }
    return [
        compare(point, curves[curve], curve, axis)
        for (cell, point), curve, axis in product(points, CURVES, AXES)
        if cell.name != SINGLE and cell.curve != curve and not cell.oracle
    ]


def judge(
    runs: Runs, problems: Mapping[str, Problem], first_wrong: FirstWrong
) -> tuple[Judge | None, Judge | None]:
    """Critic and verifier on first drafts; `None` where no cell ran that tells."""
    critic = verifier = None
    if JUDGED in runs and any(map(steps_of, problems.values())):
        critic = judge_critic(_records(runs[JUDGED], problems), problems, first_wrong)
    if PROBE in runs:
        verifier = judge_verifier(_records(runs[PROBE], problems))
    return critic, verifier


def _records(runs: Sequence[Run], problems: Mapping[str, Problem]) -> Iterator[Record]:
    return (record for run in runs for record in run.results if record.key in problems)
