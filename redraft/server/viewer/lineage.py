"""Lays the artifacts of a problem out as a drawing: parents above, the accepted path marked."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import networkx as nx

from redraft.core import AnyArtifact, Critique, Record, Solution, Verdict

MOST = 300
"""Artifacts in a drawing; of more, only those that the accepted one was made from."""

_WIDE = 6
_BOX = (156, 48)
_GAP = (18, 46)
_LINE_GAP = 16
_MARGIN = 12
_ROUND = 20

Standing = Literal["path", "used", "aside"]


class Box(NamedTuple):
    """One artifact of a drawing; `place` counts the record's artifacts from 0."""

    place: int
    x: int
    y: int
    standing: Standing
    final: bool
    artifact: AnyArtifact
    says: str


class Arrow(NamedTuple):
    """From a parent to a child, as the path of an SVG."""

    path: str
    standing: Standing


class Drawing(NamedTuple):
    """Boxes and arrows, in pixels; `left_out` artifacts are not drawn."""

    width: int
    height: int
    boxes: list[Box]
    arrows: list[Arrow]
    left_out: int
    box: tuple[int, int] = _BOX


def ancestry(artifacts: Sequence[AnyArtifact]) -> "nx.DiGraph[int]":
    """Places of artifacts, each after those that it was made from.

    A parent that does not come earlier in the record is no parent, so there are no rings.
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    places: dict[str, int] = {}
    for place, artifact in enumerate(artifacts):
        graph.add_node(place)
        graph.add_edges_from((places[name], place) for name in artifact.parents if name in places)
        places[artifact.id] = place
    return graph


def accepted_path(graph: "nx.DiGraph[int]", record: Record) -> list[int]:
    """The path to the accepted artifact whose calls took the most tokens, which `b_seq` counts."""
    end = final_place(record)
    if end is None:
        return []
    cost: dict[int, int] = {}
    before: dict[int, int | None] = {}
    for place in sorted(graph):
        parents = list(graph.predecessors(place))
        before[place] = max(parents, key=cost.__getitem__, default=None)
        longest = max((cost[parent] for parent in parents), default=0)
        cost[place] = longest + record.artifacts[place].usage.total
    path: list[int] = []
    step: int | None = end
    while step is not None:
        path.append(step)
        step = before[step]
    return path[::-1]


def final_place(record: Record) -> int | None:
    """Where the accepted artifact stands in the record, if it is there."""
    places = [p for p, artifact in enumerate(record.artifacts) if artifact.id == record.final]
    return places[-1] if places else None


def draw_lineage(record: Record) -> Drawing:
    """The drawing of a problem's artifacts."""
    graph = ancestry(record.artifacts)
    path, final = accepted_path(graph, record), final_place(record)
    used: set[int] = set() if final is None else {final, *nx.ancestors(graph, final)}
    drawn = sorted(used)[-MOST:] if len(graph) > MOST else sorted(graph)
    shown = graph.subgraph(drawn)
    spots, width, height = _spots(shown)
    steps = set(pairwise(path))
    boxes = [
        Box(
            place,
            *spots[place],
            "path" if place in path else "used" if place in used else "aside",
            place == final,
            record.artifacts[place],
            _says(record, record.artifacts[place]),
        )
        for place in drawn
    ]
    arrows = [
        Arrow(
            _curve(spots[a], spots[b]),
            "path" if (a, b) in steps else "used" if b in used else "aside",
        )
        for a, b in shown.edges
    ]
    # The accepted path is drawn over the others.
    arrows.sort(key=lambda arrow: arrow.standing == "path")
    return Drawing(width + 2 * _ROUND, height, boxes, arrows, len(graph) - len(drawn))


def _spots(graph: "nx.DiGraph[int]") -> tuple[dict[int, tuple[int, int]], int, int]:
    """Where each box begins, and the size of all. A layer takes several lines if it is wide."""
    (w, h), (gx, gy) = _BOX, _GAP
    spots: dict[int, tuple[int, int]] = {}
    layers = [list(layer) for layer in nx.topological_generations(graph)]
    widest = min(_WIDE, max((len(layer) for layer in layers), default=1))
    width = 2 * _MARGIN + widest * (w + gx) - gx
    y = _MARGIN
    for layer in layers:
        layer.sort(key=lambda place: (_middle(graph, spots, place), place))
        for start in range(0, len(layer), _WIDE):
            line = layer[start : start + _WIDE]
            left = (width - len(line) * (w + gx) + gx) // 2
            spots |= {place: (left + i * (w + gx), y) for i, place in enumerate(line)}
            y += h + _LINE_GAP
        y += gy - _LINE_GAP
    return spots, width, max(y - gy + _MARGIN, h)


def _middle(graph: "nx.DiGraph[int]", spots: dict[int, tuple[int, int]], place: int) -> float:
    """How far to the right the parents stand, so that arrows cross little."""
    parents = [spots[parent][0] for parent in graph.predecessors(place)]
    return sum(parents) / len(parents) if parents else 0.0


def _curve(parent: tuple[int, int], child: tuple[int, int]) -> str:
    """The arrow's path; one that passes a layer goes round it on the right."""
    (w, h), (x1, y1), (x2, y2) = _BOX, parent, child
    if y2 - y1 > h + _GAP[1] and abs(x1 - x2) < w:
        bend = max(x1, x2) + w + 2 * _ROUND
        leave, arrive = y1 + h // 2, y2 + h // 2
        return f"M{x1 + w} {leave}C{bend} {leave} {bend} {arrive} {x2 + w + 3} {arrive}"
    start, end = x1 + w // 2, x2 + w // 2
    middle = (y1 + h + y2) // 2
    return f"M{start} {y1 + h}C{start} {middle} {end} {middle} {end} {y2 - 3}"


def _says(record: Record, artifact: AnyArtifact) -> str:
    """What an artifact came to, in a few words."""
    match artifact:
        case Solution(answer=None):
            return "no answer"
        case Solution(answer=answer):
            graded = dict(zip(record.candidates, record.candidates_correct, strict=False))
            right = graded.get(answer)
            sign = "" if right is None else " \N{CHECK MARK}" if right else " \N{BALLOT X}"
            return f"{_short(answer or '', 18)}{sign}"
        case Critique(final_correct=True):
            return "finds no error"
        case Critique(first_error=step):
            return f"first error: step {step}" if step > 0 else "finds it wrong"
        case Verdict(outcome=outcome):
            return outcome
        case _:
            return f"{artifact.usage.total:,} tokens" if artifact.usage.total else ""


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
