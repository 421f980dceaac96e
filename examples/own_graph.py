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
        return {"candidates": await DRAFT(context, state["problem"], n=drafts)}

    async def decide(state: redraft.State, context: redraft.Context) -> dict:
        (extra,) = await DRAFT(context, state["problem"], index=1)
        return {"candidates": [*state["candidates"], extra]}

    def agreed(state: redraft.State) -> Literal["decide", "tally"]:
        answers = {solution.answer for solution in state["candidates"]}
        return "tally" if len(answers) == 1 else "decide"

    async def tally(state: redraft.State, context: redraft.Context) -> dict:
        return {"final": await vote(context, state["problem"], state["candidates"])}

    graph = StateGraph(redraft.State, redraft.Context)
    for step in (draft, decide, tally):
        graph.add_node(step.__name__, redraft.node(step))
    graph.add_edge(START, "draft")
    graph.add_conditional_edges("draft", agreed)
    graph.add_edge("decide", "tally")
    graph.add_edge("tally", END)
    return graph


if __name__ == "__main__":
    model = redraft.Endpoint("http://127.0.0.1:8000/v1", "NAME")
    results = asyncio.run(
        redraft.solve("examples/demo/problems.jsonl", recipe=tiebreak, models=model)
    )
    print(results.summary.accuracy)
