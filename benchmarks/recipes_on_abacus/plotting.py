"""Accuracy against budget as a small SVG: the same results give the same bytes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from recipes_on_abacus.cells import CRITIQUE, LONGER, RETRY, SINGLE, VOTE
from recipes_on_abacus.results import Axis, CellResult, Report

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 44, 44
COLOURS: Mapping[str, str] = {
    LONGER: "#0072b2",
    VOTE: "#d55e00",
    RETRY: "#009e73",
    CRITIQUE: "#cc79a7",
}
OTHER, ORACLE = "#222222", "#999999"
_LETTER, _LINE = 5.2, 11.0
_STEPS = 8
_Place = tuple[float, float]


class _Scale:
    """Pixels of budgets (tokens, logarithmic) and accuracies (shares)."""

    def __init__(self, cells: Sequence[CellResult], axis: Axis) -> None:
        budgets = [max(getattr(cell, axis), 1.0) for cell in cells]
        self._least = math.log(min(budgets) * 0.9)
        self._most = math.log(max(budgets) * 1.25)
        self.low = math.floor(10 * min(cell.accuracy.low for cell in cells)) / 10
        self.high = math.ceil(10 * max(cell.accuracy.high for cell in cells)) / 10
        if self.low == self.high:
            self.low, self.high = max(0.0, self.low - 0.1), min(1.0, self.high + 0.1)

    def x(self, budget: float) -> float:
        part = (math.log(max(budget, 1.0)) - self._least) / (self._most - self._least)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, share: float) -> float:
        part = (share - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)

    def budgets(self) -> list[int]:
        """Round numbers of tokens to write under the axis."""
        decades = range(0, 8)
        rounds = [step * 10**decade for decade in decades for step in (1, 2, 5)]
        return [n for n in rounds if self._least <= math.log(n) <= self._most]

    def shares(self) -> list[float]:
        """Round accuracies to write beside the axis."""
        return [n / 10 for n in range(round(10 * self.low), round(10 * self.high) + 1)]


def plot(results: Report, axis: Axis, name: str) -> str:
    """The SVG of all cells on one axis, the baselines as curves."""
    scale = _Scale(results.cells, axis)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="10">',
        f"<title>Accuracy against {escape(name)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_axes(scale, name),
        *_curves(results, axis, scale),
        *_points(results.cells, axis, scale),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, text: str, *, anchor: str = "start", fill: str = OTHER) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"'
    return f"<text {place}>{escape(text)}</text>"


def _axes(scale: _Scale, name: str) -> Iterator[str]:
    foot = HEIGHT - BOTTOM
    for share in scale.shares():
        y = scale.y(share)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>'
        yield _text(LEFT - 6, y + 3.5, f"{100 * share:.0f} %", anchor="end")
    for budget in scale.budgets():
        x = scale.x(budget)
        yield f'<path d="M{x:.1f} {TOP}V{foot}" stroke="#e4e4e4"/>'
        yield _text(x, foot + 14, f"{budget:,}", anchor="middle")
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield _text(middle, HEIGHT - 10, f"{name}, mean tokens a problem", anchor="middle")


def _curves(results: Report, axis: Axis, scale: _Scale) -> Iterator[str]:
    for curve, colour in COLOURS.items():
        members = [one for one in results.cells if one.name == SINGLE or one.curve == curve]
        ends = sorted((getattr(one, axis), one.accuracy.value) for one in members)
        places = [place for pair in pairwise(ends) for place in _between(*pair)]
        if places:
            line = "L".join(
                f"{scale.x(budget):.1f} {scale.y(share):.1f}" for budget, share in places
            )
            yield f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _between(start: _Place, end: _Place) -> Iterator[_Place]:
    """Places on a line that is straight in tokens, and so bends on the logarithmic axis."""
    for step in range(_STEPS + 1):
        part = step / _STEPS
        yield (
            start[0] + part * (end[0] - start[0]),
            start[1] + part * (end[1] - start[1]),
        )


def _points(cells: Sequence[CellResult], axis: Axis, scale: _Scale) -> Iterator[str]:
    """Points with their intervals, and labels over all of them."""
    labels: list[tuple[str, float, float, str]] = []
    for cell in sorted(cells, key=lambda one: (getattr(one, axis), one.name)):
        x, y = scale.x(getattr(cell, axis)), scale.y(cell.accuracy.value)
        colour = COLOURS.get(cell.curve, ORACLE if cell.oracle else OTHER)
        low, high = scale.y(cell.accuracy.low), scale.y(cell.accuracy.high)
        yield f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" stroke-opacity="0.35"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        labels.append((cell.name, x, y, colour))
    taken = [(x - 4, x + 4, y + 3.5) for _, x, y, _ in labels]
    yield '<g paint-order="stroke" stroke="white" stroke-width="2.5">'
    for name, x, y, colour in labels:
        yield _text(*_room(name, x, y, taken), name, fill=colour)
    yield "</g>"


def _room(
    label: str, x: float, y: float, taken: list[tuple[float, float, float]]
) -> tuple[float, float]:
    """Where `label` overlaps no earlier one, as near to its point as may be; noted in `taken`."""
    width = _LETTER * len(label)
    left = x + 5 if x + 5 + width < WIDTH else x - 5 - width

    def free(base: float) -> bool:
        return TOP - 6 < base < HEIGHT - BOTTOM and all(
            abs(base - other) >= _LINE - 1 or left >= end or left + width <= start
            for start, end, other in taken
        )

    steps = (place // 2 * (_LINE / 2) * (-1 if place % 2 else 1) for place in range(1, 80))
    base = next((y + 3.5 + away for away in steps if free(y + 3.5 + away)), y + 3.5)
    taken.append((left, left + width, base))
    return left, base


def _legend() -> Iterator[str]:
    x = float(LEFT)
    entries = [*COLOURS.items(), ("other recipes", OTHER), ("sees gold answers", ORACLE)]
    for name, colour in entries:
        yield f'<circle cx="{x + 3:.1f}" cy="18" r="3" fill="{colour}"/>'
        yield _text(x + 10, 21.5, name, fill=colour)
        x += 26 + _LETTER * len(name)
