"""Draws a graph from its builder, as text, Mermaid or SVG. LangGraph's own drawing is not used:
it invents an edge to the end for a graph that can only loop."""

from html import escape
from typing import Literal

import networkx as nx
from langgraph.graph import END, START

from redraft.graphs.shape import Builder, arrows

Format = Literal["text", "mermaid", "svg"]
_TITLES = {START: "start", END: "end"}
_BOX = (120, 36)
_GAP = (50, 44)
_MARGIN = 24


def draw(graph: Builder, format_: Format = "text", name: str = "graph") -> str:
    """The graph in the given format. Dotted or dashed arrows are a router's choices; `x N` after a
    node is its bound in a loop."""
    drawn = arrows(graph, name)
    return {"text": _text, "mermaid": _mermaid, "svg": _svg}[format_](drawn)


def _title(drawn: "nx.DiGraph[str]", node: str) -> str:
    most = drawn.nodes[node].get("most")
    return _TITLES.get(node, node) + (f" x {most}" if most else "")


def _ordered(drawn: "nx.DiGraph[str]") -> list[str]:
    return list(nx.topological_sort(_forward(drawn)))


def _text(drawn: "nx.DiGraph[str]") -> str:
    lines: list[str] = []
    for node in _ordered(drawn):
        for target in drawn.successors(node):
            arrow = "- ->" if drawn.edges[node, target]["choice"] else "--->"
            lines.append(f"{_title(drawn, node):<16} {arrow} {_title(drawn, target)}")
    return "\n".join(lines)


def _mermaid(drawn: "nx.DiGraph[str]") -> str:
    names = {node: f"n{place}" for place, node in enumerate(_ordered(drawn))}
    lines = ["flowchart TD"]
    for node, short in names.items():
        title = _title(drawn, node).replace('"', "'")
        lines.append(f'    {short}(["{title}"])' if node in _TITLES else f'    {short}["{title}"]')
    for source, target in drawn.edges:
        line = "-.->" if drawn.edges[source, target]["choice"] else "-->"
        lines.append(f"    {names[source]} {line} {names[target]}")
    return "\n".join(lines)


def _forward(drawn: "nx.DiGraph[str]") -> "nx.DiGraph[str]":
    """The graph without the arrows that close its loops."""
    depth = nx.single_source_shortest_path_length(drawn, START)
    loop = {n: i for i, ring in enumerate(nx.strongly_connected_components(drawn)) for n in ring}
    return nx.subgraph_view(
        drawn, filter_edge=lambda a, b: loop[a] != loop[b] or depth.get(a, 0) < depth.get(b, 0)
    )


def _spots(drawn: "nx.DiGraph[str]") -> dict[str, tuple[int, int]]:
    """Column and row of every node: rows by the longest way from the start without going back."""
    rows = nx.topological_generations(_forward(drawn))
    return {n: (column, row) for row, nodes in enumerate(rows) for column, n in enumerate(nodes)}


def _svg(drawn: "nx.DiGraph[str]") -> str:
    spots = _spots(drawn)
    (w, h), (gx, gy) = _BOX, _GAP
    at = {n: (_MARGIN + c * (w + gx), _MARGIN + r * (h + gy)) for n, (c, r) in spots.items()}
    width = max(x for x, _ in at.values()) + w + _MARGIN + gx
    height = max(y for _, y in at.values()) + h + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="13">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
    ]
    for source, target in drawn.edges:
        dashed = drawn.edges[source, target]["choice"]
        parts.append(_arrow(at[source], at[target], dashed=dashed))
    parts.extend(_box(at[node], _title(drawn, node), round_=node in _TITLES) for node in spots)
    return "\n".join((*parts, "</svg>"))


def _arrow(source: tuple[int, int], target: tuple[int, int], *, dashed: bool) -> str:
    (w, h), (gx, _) = _BOX, _GAP
    (x1, y1), (x2, y2) = source, target
    straight = y2 == y1 + h + _GAP[1]
    if straight:
        path = f"M{x1 + w // 2} {y1 + h} L{x2 + w // 2} {y2}"
    else:
        bend = max(x1, x2) + w + gx
        leave, arrive = y1 + h // 2, y2 + h // 2
        path = f"M{x1 + w} {leave} C{bend} {leave} {bend} {arrive} {x2 + w} {arrive}"
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{path}" fill="none" stroke="#555"{dash} marker-end="url(#tip)"/>'


def _box(spot: tuple[int, int], title: str, *, round_: bool) -> str:
    (w, h), (x, y) = _BOX, spot
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{18 if round_ else 4}" '
        f'fill="#f6f8fa" stroke="#555"/><text x="{x + w // 2}" y="{y + h // 2 + 5}" '
        f'text-anchor="middle">{escape(title)}</text>'
    )
