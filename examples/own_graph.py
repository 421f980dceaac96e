"""Your own graph: a recipe is a function that returns a LangGraph StateGraph.

Two drafts; when they disagree, a third decides. Its parameter becomes a knob:
`redraft solve ... --recipe examples/own_graph.py:tiebreak --set drafts=4`.
"""

import asyncio
from typing import Literal

from langgraph.graph import END, START, StateGraph

import redraft
from redraft.agents import DRAFT
from redraft.graphs import vote


@redraft.recipe
def tiebreak(drafts: int = 2):
    """Drafts; when they disagree, one more decides."""

    async def draft(state: redraft.State, context: redraft.Context) -> dict:
        made = await DRAFT(context, state["problem"], n=drafts)
        return {"candidates": made, "final": await vote(context, state["problem"], made)}

    async def decide(state: redraft.State, context: redraft.Context) -> dict:
        made = state["candidates"] + await DRAFT(context, state["problem"], index=1)
        return {"candidates": made, "final": await vote(context, state["problem"], made)}

    def agreed(state: redraft.State) -> Literal["decide", "__end__"]:
        return "decide" if len({solution.answer for solution in state["candidates"]}) > 1 else END

    graph = StateGraph(redraft.State, redraft.Context)
    graph.add_node("draft", redraft.node(draft)).add_node("decide", redraft.node(decide))
    graph.add_edge(START, "draft").add_conditional_edges("draft", agreed).add_edge("decide", END)
    return graph


if __name__ == "__main__":
    model = redraft.Endpoint("http://127.0.0.1:8000/v1", "NAME")
    results = asyncio.run(
        redraft.solve("examples/demo/problems.jsonl", recipe=tiebreak, models=model)
    )
    print(results.summary.accuracy)
