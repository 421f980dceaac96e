"""Hints on demand (after Adaptive Guidance, arXiv 2506.13923): when drafts disagree or fail a
check, a teacher gives a hint without the answer, and the actor drafts again."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import HINTED, teach
from redraft.core import Context, Hint, Problem, Solution
from redraft.graphs.gates import passes
from redraft.graphs.node import node, settle
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import agreement
from redraft.graphs.vote import vote as majority

Trigger = Literal["disagreement", "verifier", "oracle"]


class HintState(State):
    """`needed` says whether help is needed; `hint` is the teacher's, if there is one."""

    needed: bool
    hint: Hint | None


@dataclass(frozen=True, slots=True)
class Help:
    """The settings that the nodes of one graph share."""

    k: int
    trigger: Trigger
    agree: float
    vote: Literal["all", "hinted"]


@recipe
def hint(
    k: Annotated[int, Field(ge=1, le=256)] = 4,
    trigger: Trigger = "disagreement",
    agree: Annotated[float, Field(gt=0.0, le=1.0)] = 0.75,
    vote: Literal["all", "hinted"] = "all",
) -> Graph:
    """Drafts; when they disagree or fail a check, a teacher hints and the actor drafts again.

    `k` drafts each time. `trigger`: "disagreement" when fewer than `agree` of the drafts share
    an answer (ours: the paper uses the gold answer, in training), "verifier" when the verifier
    rejects the majority's answer, "oracle" when the gold answer does (a record marks it). The
    hint is thrown away when it states an answer. `vote` is over "all" drafts, those without the
    hint included, or over the "hinted" ones (ours).
    """
    help_ = Help(k, trigger, agree, vote)
    graph = StateGraph(HintState, Context)
    graph.add_node("draft", node(_draft(help_)))
    graph.add_node("check", node(_check(help_)))
    graph.add_node("teach", node(_teach))
    graph.add_node("redraft", node(_redraft(help_)))
    graph.add_node("tally", node(_tally))

    def judged(state: HintState) -> Literal["teach", "tally"]:
        return "teach" if state.get("needed") else "tally"

    def taught(state: HintState) -> Literal["redraft", "tally"]:
        return "redraft" if state.get("hint") else "tally"

    graph.add_edge(START, "draft")
    graph.add_edge("draft", "check")
    graph.add_conditional_edges("check", judged)
    graph.add_conditional_edges("teach", taught)
    graph.add_edge("redraft", "tally")
    graph.add_edge("tally", END)
    return graph


def _draft(help_: Help) -> Any:
    async def draft(state: HintState, context: Context) -> dict[str, Any]:
        drafts = await first_drafts(context, state["problem"], n=help_.k)
        return {"drafts": drafts, "candidates": drafts}

    return draft


def _check(help_: Help) -> Any:
    async def check(state: HintState, context: Context) -> dict[str, Any]:
        problem, drafts = state["problem"], state.get("drafts", [])
        if not drafts:
            return {"needed": False}
        (failed,) = await settle(context, "check", [_fails(context, problem, help_, drafts)])
        return {"needed": bool(failed)}

    return check


async def _fails(context: Context, problem: Problem, help_: Help, drafts: list[Solution]) -> bool:
    if help_.trigger == "disagreement":
        return await agreement(context, problem, drafts) < help_.agree
    chosen = await majority(context, problem, drafts)
    return chosen is None or not await passes(context, problem, help_.trigger, chosen)


async def _teach(state: HintState, context: Context) -> dict[str, Any]:
    return {"hint": await teach(context, state["problem"], state["drafts"])}


def _redraft(help_: Help) -> Any:
    async def redraft(state: HintState, context: Context) -> dict[str, Any]:
        problem, given = state["problem"], state.get("hint")
        if given is None:
            return {}
        shown = {"hint": given.text}
        drafts = await HINTED(context, problem, parents=[given], values=shown, n=help_.k)
        earlier = state["candidates"] if help_.vote == "all" else []
        return {"drafts": drafts, "candidates": [*earlier, *drafts]}

    return redraft


async def _tally(state: HintState, context: Context) -> dict[str, Any]:
    return {"final": await majority(context, state["problem"], state.get("candidates", []))}
