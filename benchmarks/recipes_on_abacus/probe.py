"""A graph that asks the verifier about a first draft and lets the draft stand: nothing is gated,
so that every draft has a verdict to be judged by."""

from typing import Any

from langgraph.graph import END, START, StateGraph

from redraft import Context, State, node, recipe
from redraft.agents import DRAFT, VERIFIER


@recipe
def verified() -> StateGraph[State, Context]:
    """One draft, taken as it is, and the verifier's verdict on it."""
    graph = StateGraph(State, Context)
    graph.add_node("draft", node(draft))
    graph.add_node("verify", node(verify))
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "verify")
    graph.add_edge("verify", END)
    return graph


async def draft(state: State, context: Context) -> dict[str, Any]:
    """Ask once, as `single` does."""
    (solution,) = await DRAFT(context, state["problem"])
    return {"drafts": [solution], "final": solution}


async def verify(state: State, context: Context) -> dict[str, Any]:
    """Ask about the draft; the verdict stays in the lineage."""
    for solution in state.get("drafts", []):
        shown = {"solution": solution.text}
        await VERIFIER(context, state["problem"], parents=[solution], values=shown)
    return {}
