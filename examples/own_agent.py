"""Your own agent: a value that says who speaks, with which prompt, and how the reply is read.

The prompt is `examples/prompts/estimate.md`. The agent takes the place of the first draft.
"""

import asyncio

from langgraph.graph import END, START, StateGraph

import redraft
from redraft.agents import read_solution

ESTIMATOR = redraft.Agent(name="estimator", role="actor", prompt="estimate", read=read_solution)


async def estimate(state: redraft.State, context: redraft.Context) -> dict:
    (solution,) = await ESTIMATOR(context, state["problem"])
    return {"final": solution}


graph = StateGraph(redraft.State, redraft.Context)
graph.add_node("estimate", redraft.node(estimate))
graph.add_edge(START, "estimate")
graph.add_edge("estimate", END)

if __name__ == "__main__":
    model = redraft.Endpoint("http://127.0.0.1:8000/v1", "NAME")
    problem = redraft.Problem(id="hair", prompt="How many hours are in a week?", answer="168")
    settings = redraft.Settings(prompts="examples/prompts")
    results = asyncio.run(redraft.solve([problem], recipe=graph, models=model, settings=settings))
    print(results.records[0].answer, results.records[0].b_total)
