"""Learning from solved problems (Metacognitive Reuse, arXiv 2509.13237): reflect on a solution,
then name the behaviors in it that are worth keeping. Handbooks are built of what comes out."""

from functools import partial
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import DRAFT, EXTRACT, REFLECT, read_solution
from redraft.core import Behaviors, Choice, Context, Problem, Solution
from redraft.graphs.gates import Gate, admit
from redraft.graphs.node import node, settle
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import vote as majority

TRACE = "trace"
"""The field of a problem's `meta` that holds a solution to learn from."""


@partial(recipe, study=True)
def learn(n: Annotated[int, Field(ge=1, le=256)] = 1, gate: Gate = "oracle") -> Graph:
    """Solutions looked back at, and the behaviors that they are worth (handbook curation).

    `n` drafts, or the solution that comes with the problem in its field "trace". Those that
    `gate` admits are reflected on, and behaviors are extracted by a second call, as in the paper;
    it learns from all traces, which is `gate="all"`. The default learns only from solutions that
    the gold answer calls right (ours). The answer is the majority's.
    """
    graph = StateGraph(State, Context)
    graph.add_node("draft", node(_draft(n)))
    graph.add_node("reflect", node(_reflect(gate)))
    graph.add_node("tally", node(_tally))
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "reflect")
    graph.add_edge("reflect", "tally")
    graph.add_edge("tally", END)
    return graph


def _draft(n: int) -> Any:
    async def draft(state: State, context: Context) -> dict[str, Any]:
        problem = state["problem"]
        given = problem.meta.get(TRACE)
        if isinstance(given, str) and given:
            solution = read_solution(Choice(content=given), problem)
            return {"candidates": [context.add(problem, solution)]}
        return {"candidates": await DRAFT(context, problem, n=n)}

    return draft


def _reflect(gate: Gate) -> Any:
    async def reflect(state: State, context: Context) -> dict[str, Any]:
        problem, drafts = state["problem"], state.get("candidates", [])
        admitted = await admit(context, problem, gate, drafts)
        work = (extract(context, problem, one, place) for place, one in enumerate(admitted))
        found = [made for made in await settle(context, "reflect", work) if made is not None]
        named = {item.name for made in found for item in made.items}
        return {"counts": {"admitted": len(admitted), "behaviors": len(named)}}

    return reflect


async def extract(context: Context, problem: Problem, solution: Solution, index: int) -> Behaviors:
    """The behaviors of one solution: a reflection, then the extraction, in two calls."""
    shown = {"solution": solution.text}
    (reflection,) = await REFLECT(context, problem, parents=[solution], values=shown, index=index)
    shown["reflection"] = reflection.text
    parents = [solution, reflection]
    (found,) = await EXTRACT(context, problem, parents=parents, values=shown, index=index)
    return found


async def _tally(state: State, context: Context) -> dict[str, Any]:
    return {"final": await majority(context, state["problem"], state.get("candidates", []))}
