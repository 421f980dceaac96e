"""Accuracy against budget as a small SVG: the same results give the same bytes."""

from collections.abc import Collection, Iterator, Sequence
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from recipes_on_abacus.cells import CRITIQUE, CURVES, LONGER, RETRY, SINGLE, VOTE
from recipes_on_abacus.labels import Label, Place, write_labels
from recipes_on_abacus.results import Axis, CellResult, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, FRAME = (9.4, 6.4), (0.085, 0.085, 0.905, 0.81)
BENDS = 20
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 72,
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica", "sans-serif"],
    "font.size": 10,
    "grid.color": "#e8e8e8",
    "lines.linewidth": 1.4,
    "lines.markersize": 5.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "redraft",
    "xtick.minor.size": 0,
}
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


class Family(NamedTuple):
    """Cells that look alike."""

    name: str
    colour: str
    marker: str
    filled: bool = True

    @property
    def look(self) -> dict[str, object]:
        """How its points are drawn."""
        face = self.colour if self.filled else "white"
        return {"color": self.colour, "marker": self.marker, "markerfacecolor": face}


START = Family("single", "#222222", "o")
FAMILIES = (
    START,
    Family(LONGER, "#0072b2", "o"),
    Family(VOTE, "#c75000", "o"),
    Family(RETRY, "#00805c", "o"),
    Family(CRITIQUE, "#b0508a", "o"),
    Family("pdr", "#6a3d9a", "s"),
    Family("critique, other gates and votes", "#8a6d00", "D"),
    Family("sees gold answers", "#777777", "o", filled=False),
)
_PDR, _OTHER, _ORACLE = FAMILIES[-3:]


def family(cell: CellResult) -> Family:
    """The family that `cell` is drawn with."""
    if cell.oracle:
        return _ORACLE
    if cell.name == SINGLE:
        return START
    if cell.curve:
        return next(one for one in FAMILIES if one.name == cell.curve)
    return _PDR if cell.recipe == "pdr" else _OTHER


def plot(results: Report, axis: Axis, name: str) -> str:
    """The SVG of all cells on one axis, the baselines as curves."""
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with style.context(STYLE, after_reset=True):
        figure = Figure(figsize=INCHES)
        FigureCanvasAgg(figure)
        axes = figure.add_axes(FRAME)
        _scales(axes, name)
        curves = list(_curves(results.cells, axis))
        for one, places in curves:
            axes.plot(*zip(*places, strict=True), color=one.colour)
        bars = [_bar(axes, cell, axis) for cell in results.cells]
        _legend(axes, {family(cell) for cell in results.cells})
        axes.autoscale_view()
        labels = [Label(c.name, _place(c, axis), family(c).colour) for c in results.cells]
        write_labels(axes, labels, [*bars, *(places for _, places in curves)])
        text = StringIO()
        figure.savefig(text, format="svg", metadata=NO_METADATA)
    return text.getvalue()


def _place(cell: CellResult, axis: Axis) -> Place:
    return max(getattr(cell, axis), 1.0), cell.accuracy.value


def _curves(cells: Sequence[CellResult], axis: Axis) -> Iterator[tuple[Family, list[Place]]]:
    """The baselines: straight in tokens between cells, and so bent on the logarithmic axis."""
    for one in FAMILIES:
        members = [c for c in cells if c.name == SINGLE or c.curve == one.name]
        pairs = pairwise(sorted(_place(cell, axis) for cell in members))
        places = [place for pair in pairs for place in _between(*pair)]
        if places:
            yield one, places


def _between(start: Place, end: Place) -> Iterator[Place]:
    for step in range(BENDS + 1):
        part = step / BENDS
        yield start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _bar(axes: "Axes", cell: CellResult, axis: Axis) -> list[Place]:
    """Draws the cell's point with its interval; returns the interval's ends."""
    one, (budget, share) = family(cell), _place(cell, axis)
    ends = [(budget, cell.accuracy.low), (budget, cell.accuracy.high)]
    axes.plot(*zip(*ends, strict=True), color=one.colour, alpha=0.3)
    axes.plot(budget, share, **one.look)
    return ends


def _legend(axes: "Axes", shown: Collection[Family]) -> None:
    """The families that are there, baselines with a piece of their curve."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], label=one.name, linestyle="-" if one.name in CURVES else "", **one.look)
        for one in FAMILIES
        if one in shown
    ]
    axes.figure.legend(handles=handles, loc="upper center", ncols=4, frameon=False)


def _scales(axes: "Axes", name: str) -> None:
    """Tokens on a logarithmic axis with round numbers, accuracies in percent."""
    from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter, StrMethodFormatter

    axes.set_xscale("log")
    axes.margins(x=0.07, y=0.04)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" %"))
    axes.set_xlabel(f"{name}, mean tokens a problem")
    axes.set_ylabel("problems solved, with 95 % intervals")
