"""Behavior-guided self-improvement (Metacognitive Reuse, arXiv 2509.13237): the actor's own drafts
of a problem give the behaviors by which it solves the same problem again."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import BEHAVE, DRAFT, recite
from redraft.core import Behaviors, Context
from redraft.graphs.node import node, settle
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.recipes.learn import extract
from redraft.graphs.state import State
from redraft.graphs.vote import vote as majority


class ImproveState(State):
    """`found` are the behaviors of each draft."""

    found: list[Behaviors]


@dataclass(frozen=True, slots=True)
class Improving:
    """The settings that the nodes of one graph share."""

    traces: int
    n: int
    vote: Literal["last", "all"]


@recipe
def self_improve(
    traces: Annotated[int, Field(ge=1, le=256)] = 1,
    n: Annotated[int, Field(ge=1, le=256)] = 1,
    vote: Literal["last", "all"] = "last",
) -> Graph:
    """Drafts that teach the actor behaviors for the same problem (self-improvement).

    `traces` drafts are reflected on and give behaviors, right or wrong as they are; `n` drafts
    follow with these in context. The paper curates for each question from its own traces, as most
    of its readers understand it, and compares with critique-and-revise: `critique`
    with `gate=always`. `vote` is over the "last" drafts or over "all" (ours).
    """
    improving = Improving(traces, n, vote)
    graph = StateGraph(ImproveState, Context)
    graph.add_node("draft", node(_draft(improving)))
    graph.add_node("reflect", node(_reflect))
    graph.add_node("redraft", node(_redraft(improving)))
    graph.add_node("tally", node(_tally))
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "reflect")
    graph.add_edge("reflect", "redraft")
    graph.add_edge("redraft", "tally")
    graph.add_edge("tally", END)
    return graph


def _draft(improving: Improving) -> Any:
    async def draft(state: ImproveState, context: Context) -> dict[str, Any]:
        drafts = await first_drafts(context, state["problem"], n=improving.traces)
        return {"drafts": drafts, "candidates": drafts}

    return draft


async def _reflect(state: ImproveState, context: Context) -> dict[str, Any]:
    problem, drafts = state["problem"], state.get("drafts", [])
    work = (extract(context, problem, draft, place) for place, draft in enumerate(drafts))
    found = [made for made in await settle(context, "reflect", work) if made is not None]
    return {"found": found}


def _redraft(improving: Improving) -> Any:
    async def redraft(state: ImproveState, context: Context) -> dict[str, Any]:
        problem, found = state["problem"], state.get("found", [])
        items = {item.name: item for made in reversed(found) for item in made.items}
        if items:
            shown = {"behaviors": recite(items.values())}
            drafts = await BEHAVE(context, problem, parents=found, values=shown, n=improving.n)
        else:
            # Nothing to go by: the same number of drafts, made anew. Index 0 made the traces.
            parents = state.get("drafts", [])
            drafts = await DRAFT(context, problem, parents=parents, index=1, n=improving.n)
        earlier = state.get("candidates", []) if improving.vote == "all" else []
        return {"candidates": [*earlier, *drafts], "counts": {"behaviors": len(items)}}

    return redraft


async def _tally(state: ImproveState, context: Context) -> dict[str, Any]:
    return {"final": await majority(context, state["problem"], state.get("candidates", []))}
