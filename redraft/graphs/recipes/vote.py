"""Self-Consistency (arXiv 2203.11171): many drafts of one prompt, then a majority vote."""

from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.core import Context
from redraft.graphs.node import node
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import vote as majority


@recipe
def vote(n: Annotated[int, Field(ge=1, le=1024)] = 8) -> Graph:
    """Many drafts of one prompt, then a majority vote (Self-Consistency).

    `n` drafts travel as one request. Ties go to the answer whose first vote came earliest, a
    rule of ours: the paper states none. Its own runs used 40 drafts.
    """

    async def draft(state: State, context: Context) -> dict[str, Any]:
        drafts = await first_drafts(context, state["problem"], n=n)
        return {"drafts": drafts, "candidates": drafts}

    graph = StateGraph(State, Context)
    graph.add_node("draft", node(draft))
    graph.add_node("tally", node(tally))
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "tally")
    graph.add_edge("tally", END)
    return graph


async def tally(state: State, context: Context) -> dict[str, Any]:
    """Accept what most candidates say."""
    return {"final": await majority(context, state["problem"], state.get("candidates", []))}
