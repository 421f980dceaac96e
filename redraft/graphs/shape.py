"""Reads the shape of a LangGraph builder with networkx and refuses what cannot run to its end:
unreachable nodes, nodes that cannot finish, routers without declared targets, unbounded loops."""

from typing import Any

import networkx as nx
from langgraph.graph import END, START, StateGraph

from redraft.core import GraphError

Builder = StateGraph[Any, Any, Any, Any]


def arrows(graph: Builder, name: str = "graph") -> "nx.DiGraph[str]":
    """The builder's nodes and edges; edges out of a router carry `choice=True`.

    Raises `GraphError` for a router whose targets are not declared, by a `path_map` or by a
    return type such as `Literal["again", "finish"]`.
    """
    drawn: nx.DiGraph[str] = nx.DiGraph()
    drawn.add_node(START)
    drawn.add_nodes_from((n, {"most": bound(graph, n)}) for n in graph.nodes)
    drawn.add_node(END)
    drawn.add_edges_from(graph.edges, choice=False)
    for starts, end in graph.waiting_edges:
        drawn.add_edges_from(((start, end) for start in starts), choice=False)
    for source, routers in graph.branches.items():
        for router, branch in routers.items():
            if not branch.ends:
                raise GraphError(
                    f"{name}: the router {router!r} after {source!r} does not declare where it "
                    "may go; give add_conditional_edges a path_map or annotate the return type"
                )
            drawn.add_edges_from(((source, end) for end in branch.ends.values()), choice=True)
    for source, spec in graph.nodes.items():
        drawn.add_edges_from(((source, end) for end in spec.ends or ()), choice=True)
    return drawn


def bound(graph: Builder, node: str) -> int | None:
    """How often `node` may run for one problem, where `redraft.node(..., most=...)` says so."""
    runnable: Any = graph.nodes[node].runnable
    return getattr(getattr(runnable, "afunc", None), "most", None)


def check_shape(graph: Builder, name: str = "graph") -> None:
    """Raise `GraphError` naming the first thing that keeps `graph` from ending well."""
    drawn = arrows(graph, name)
    inner = [n for n in drawn if n not in (START, END)]
    reached = nx.descendants(drawn, START)
    for lost in inner:
        if lost not in reached:
            raise GraphError(f"{name}: node {lost!r} can never be reached from the start")
    finishing = nx.ancestors(drawn, END)
    for stuck in inner:
        if stuck not in finishing:
            raise GraphError(f"{name}: node {stuck!r} has no way to the end")
    free = drawn.subgraph([n for n in inner if drawn.nodes[n]["most"] is None])
    for loop in nx.simple_cycles(free):
        path = " -> ".join((*loop, loop[0]))
        raise GraphError(
            f"{name}: the loop {path} has no bound; give one of its nodes node(..., most=N)"
        )
