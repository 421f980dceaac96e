"""Accuracy against tokens, as points with axes: of the parts of one run, or of several runs."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from redraft.server.viewer.index import Columns, Mark
from redraft.server.viewer.run import RunState

FEWEST = 40
"""Graded problems without which a run has no picture."""

_PARTS, _IN_A_PART = 10, 20
_LEFT, _TOP, _WIDE, _HIGH = 48, 12, 460, 180


class Point(NamedTuple):
    """One point of the picture: its values, the interval of its share, and what it stands for."""

    tokens: float
    share: float
    low: float
    high: float
    title: str
    label: str = ""


class Dot(NamedTuple):
    """A point where it is drawn, in pixels; `low` and `high` are the ends of its interval."""

    x: float
    y: float
    low: float
    high: float
    title: str
    label: str


class Tick(NamedTuple):
    """A mark on an axis."""

    at: float
    text: str


class Chart(NamedTuple):
    """The picture: dots, ticks of both axes, and whether a line joins the dots."""

    dots: list[Dot]
    across: list[Tick]
    up: list[Tick]
    joined: bool
    width: int = _LEFT + _WIDE + 24
    height: int = _TOP + _HIGH + 44
    left: int = _LEFT
    right: int = _LEFT + _WIDE
    top: int = _TOP
    bottom: int = _TOP + _HIGH

    @property
    def line(self) -> str:
        """The line through all dots, as points of an SVG."""
        return " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in self.dots)


def chart_of_run(columns: Columns) -> Chart | None:
    """Graded problems in up to ten equal parts, from the cheapest to the dearest."""
    graded = (columns.marks & (Mark.RIGHT | Mark.WRONG | Mark.UNDECIDED)) > 0
    tokens, right = columns.tokens[graded], (columns.marks[graded] & Mark.RIGHT) > 0
    if len(tokens) < FEWEST:
        return None
    order = np.argsort(tokens, kind="stable")
    points: list[Point] = []
    for part in np.array_split(order, min(_PARTS, len(order) // _IN_A_PART)):
        share, cost = float(right[part].mean()), tokens[part]
        title = (
            f"{int(right[part].sum()):,} of {len(part):,} right "
            f"({share:.0%}), {int(cost.min()):,} to {int(cost.max()):,} tokens each"
        )
        points.append(Point(float(np.median(cost)), share, share, share, title))
    return _drawn(points, joined=True)


def chart_of_runs(states: Iterable[tuple[str, RunState]]) -> Chart | None:
    """Each run that has been graded, at the median of its tokens."""
    points = [
        Point(
            state.tokens,
            state.accuracy,
            state.low,
            state.high,
            f"{name}: {state.accuracy:.1%} right of {state.problems:,}, "
            f"{state.tokens:,} tokens at the median",
            name.rpartition("/")[2][:24],
        )
        for name, state in states
        if state.accuracy is not None
    ]
    return _drawn(points, joined=False) if points else None


def _drawn(points: Sequence[Point], *, joined: bool) -> Chart:
    low = min(max(point.tokens, 1) for point in points)
    high = max(max(point.tokens, 1) for point in points)
    first, last = (low * 0.9, high * 1.1)

    def across(tokens: float) -> float:
        part = math.log(max(tokens, 1) / first) / math.log(last / first)
        return _LEFT + _WIDE * part

    def up(share: float) -> float:
        return _TOP + _HIGH * (1 - share)

    dots = [
        Dot(across(p.tokens), up(p.share), up(p.low), up(p.high), p.title, p.label) for p in points
    ]
    steps = [first * (last / first) ** (i / 4) for i in range(5)]
    ticks = [Tick(across(step), f"{_rounded(step):,}") for step in steps]
    return Chart(dots, ticks, [Tick(up(s / 4), f"{s * 25} %") for s in range(5)], joined)


def _rounded(value: float) -> int:
    """`value` with two digits that say something."""
    digits = max(0, int(math.log10(max(value, 1))) - 1)
    return round(value / 10**digits) * 10**digits
