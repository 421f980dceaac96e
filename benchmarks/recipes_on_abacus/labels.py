"""Writes labels beside their points, each where it covers least of what is drawn and written."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy import ndarray

Place = tuple[float, float]

SIZE = 8.5
GAPS = (7, 14, 22, 32, 44, 58, 74)
LED = 14
"""From this gap on, in pixels, a line leads from the point to its label."""
SWEEPS, DIRECTIONS, BETWEEN = 6, 24, 6
ON_LABEL, ON_POINT, ON_LINE = 40.0, 20.0, 0.8
BY_OTHER, PER_PIXEL = 4.0, 0.25
"""What it costs to cover one, to stand by another's point, and to be away from one's own."""


class Label(NamedTuple):
    """A text for the point at `place`, in data coordinates."""

    text: str
    place: Place
    colour: str


class Spots(NamedTuple):
    """Where a label may stand, all in pixels.

    `boxes` (n, 4) are left, foot, right, top; `ways` (n, 2) the directions from the point and
    `gaps` (n,) the distances.
    """

    boxes: "ndarray"
    ways: "ndarray"
    gaps: "ndarray"


def write_labels(axes: "Axes", labels: Sequence[Label], lines: Sequence[Sequence[Place]]) -> None:
    """Write `labels` on `axes`, whose limits are final; `lines` are better left free.

    Each label in turn takes its best spot given all others, a few times over.
    """
    import numpy as np

    points = axes.transData.transform([label.place for label in labels])
    thin = _around(np.vstack([_along(axes, line) for line in lines]), 1)
    spots = [_spots(axes, label) for label in labels]
    fixed = [
        ON_POINT * _overlaps(each.boxes, _around(points, 4))
        + BY_OTHER * _overlaps(each.boxes, _around(np.delete(points, mine, axis=0), 12))
        + ON_LINE * _overlaps(each.boxes, thin)
        + PER_PIXEL * each.gaps
        for mine, each in enumerate(spots)
    ]
    chosen = [0] * len(labels)
    for _ in range(SWEEPS):
        taken = np.array([each.boxes[place] for each, place in zip(spots, chosen, strict=True)])
        for mine, each in enumerate(spots):
            others = np.delete(taken, mine, axis=0)
            cost = fixed[mine] + ON_LABEL * _overlaps(each.boxes, others)
            chosen[mine] = int(np.argmin(cost))
            taken[mine] = each.boxes[chosen[mine]]
    for label, each, place in zip(labels, spots, chosen, strict=True):
        _write(axes, label, each, place)


def _along(axes: "Axes", line: Sequence[Place]) -> "ndarray":
    """Pixels (n, 2) along a line, a few between any two of its places."""
    from matplotlib.path import Path

    return Path(axes.transData.transform(line)).interpolated(BETWEEN).vertices


def _around(pixels: "ndarray", radius: float) -> "ndarray":
    import numpy as np

    return np.hstack([pixels - radius, pixels + radius])


def _overlaps(boxes: "ndarray", others: "ndarray") -> "ndarray":
    """How many of `others` (m, 4) each of `boxes` (n, 4) overlaps."""
    a, b = boxes[:, None], others[None]
    return ((a[..., :2] < b[..., 2:]) & (b[..., :2] < a[..., 2:])).all(axis=2).sum(axis=1)


def _spots(axes: "Axes", label: Label) -> Spots:
    """All spots around the point that lie inside the axes, the nearest ones first."""
    import numpy as np

    text = axes.text(0, 0, label.text, size=SIZE)
    size = np.array(text.get_window_extent().size)
    text.remove()
    turns = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    circle = np.column_stack([np.cos(turns), np.sin(turns)]).round(6)
    ways, gaps = np.tile(circle, (len(GAPS), 1)), np.repeat(GAPS, DIRECTIONS)
    feet = axes.transData.transform(label.place) + gaps[:, None] * ways - size * (1 - ways) / 2
    inside = ((feet > axes.bbox.min) & (feet + size < axes.bbox.max)).all(axis=1)
    return Spots(np.hstack([feet, feet + size])[inside], ways[inside], gaps[inside])


def _write(axes: "Axes", label: Label, spots: Spots, place: int) -> None:
    left, foot, right, top = spots.boxes[place]
    across, up = spots.ways[place]
    side = "center" if abs(across) < 0.5 else "left" if across > 0 else "right"
    anchor = {"left": left, "center": (left + right) / 2, "right": right}[side]
    x, y = axes.transData.transform(label.place)
    leader = {
        "arrowstyle": "-",
        "color": label.colour,
        "linewidth": 0.6,
        "relpos": ((1 - across) / 2, (1 - up) / 2),
        "shrinkA": 0,
        "shrinkB": 4,
    }
    axes.annotate(
        label.text,
        label.place,
        (anchor - x, (foot + top) / 2 - y),
        textcoords="offset pixels",
        size=SIZE,
        color=label.colour,
        horizontalalignment=side,
        verticalalignment="center",
        arrowprops=leader if spots.gaps[place] >= LED else None,
    )
