"""Sequential Refinement (PDR paper, arXiv 2510.01123): one solution rewritten again and again."""

from collections.abc import Hashable
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import ANALYST, REWRITE, REWRITE_ANALYSED
from redraft.core import Context, Solution
from redraft.graphs.node import node, settle
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State


@recipe
def sequential(rounds: Annotated[int, Field(ge=1, le=64)] = 6, analyse: bool = False) -> Graph:
    """One solution rewritten again and again (Sequential Refinement).

    `rounds` counts all versions, the first draft included; the paper's longest runs used 6.
    Each rewrite sees the problem and the version before it, nothing else. `analyse` lists the
    errors in a call of its own first (in the paper worth 2 to 5 points for one model and nothing
    for another). The last version is the answer.
    """

    async def rewrite(state: State, context: Context) -> dict[str, Any]:
        made = state["candidates"]
        final = state["round"] + 1 == rounds
        (version,) = await settle(context, "rewrite", [_next(context, state, analyse, final)])
        if version is None:
            return {"round": rounds}
        return {"round": state["round"] + 1, "candidates": [*made, version], "final": version}

    def route(state: State) -> Literal["rewrite", "finish"]:
        return "rewrite" if state.get("round", rounds) < rounds else "finish"

    graph = StateGraph(State, Context)
    graph.add_node("draft", node(draft))
    graph.add_node("rewrite", node(rewrite, most=rounds))
    graph.add_edge(START, "draft")
    ends: dict[Hashable, str] = {"rewrite": "rewrite", "finish": END}
    graph.add_conditional_edges("draft", route, ends)
    graph.add_conditional_edges("rewrite", route, ends)
    return graph


async def draft(state: State, context: Context) -> dict[str, Any]:
    """The first version."""
    (solution,) = await first_drafts(context, state["problem"])
    return {"round": 1, "candidates": [solution], "final": solution}


async def _next(context: Context, state: State, analyse: bool, final: bool) -> Solution:
    """The version after the last one, with its errors listed first if `analyse`."""
    problem, last, index = state["problem"], state["candidates"][-1], state["round"]
    shown = {"solution": last.text}
    if not analyse:
        agent = REWRITE.answering(final)
        (version,) = await agent(context, problem, parents=[last], values=shown, index=index)
        return version
    (flaws,) = await ANALYST(context, problem, parents=[last], values=shown, index=index)
    shown["analysis"] = flaws.text
    agent = REWRITE_ANALYSED.answering(final)
    (version,) = await agent(context, problem, parents=[last, flaws], values=shown, index=index)
    return version
