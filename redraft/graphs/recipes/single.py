"""One draft, taken as it is: the baseline that every other recipe must beat."""

from typing import Any

from langgraph.graph import END, START, StateGraph

from redraft.core import Context
from redraft.graphs.node import node
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State


@recipe
def single() -> Graph:
    """One draft, taken as it is."""
    graph = StateGraph(State, Context)
    graph.add_node("draft", node(draft))
    graph.add_edge(START, "draft")
    graph.add_edge("draft", END)
    return graph


async def draft(state: State, context: Context) -> dict[str, Any]:
    """Ask once."""
    (solution,) = await first_drafts(context, state["problem"], final=True)
    return {"drafts": [solution], "final": solution}
