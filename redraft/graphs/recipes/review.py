"""A draft that a person reviews: the run waits for what is said, and goes on by it (ours)."""

from functools import partial
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from pydantic import Field

from redraft.agents import CRITIC, REVISE
from redraft.core import Context, Critique
from redraft.graphs.node import node, settle
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State

ACCEPT = ("ok", "accept")


class ReviewState(State):
    """`critique` is the critic's of the draft; `said` is what the person answered, empty where the
    draft was accepted. `kept` says that a revision failed and the draft is the one before.
    """

    critique: Critique | None
    said: str
    kept: bool


@partial(recipe, thread=True)
def review(rounds: Annotated[int, Field(ge=1, le=64)] = 3, critic: bool = True) -> Graph:
    """One draft shown to a person, who accepts it or says what is wrong with it.

    The person is shown the draft and, with `critic`, what the critic found. "ok" or "accept"
    takes the draft as the answer; whatever else is said is the critique by which the actor
    revises. After `rounds` revisions the last one is the answer, unasked. All of it is ours.
    """

    def route(state: ReviewState) -> Literal["criticise", "ask", "finish"]:
        if state.get("final") is None or state["round"] >= rounds:
            return "finish"
        return "criticise" if critic else "ask"

    def answered(state: ReviewState) -> Literal["revise", "finish"]:
        return "revise" if state["said"] else "finish"

    ends: Any = {"criticise": "criticise", "ask": "ask", "finish": END}
    graph = StateGraph(ReviewState, Context)
    graph.add_node("draft", node(_draft))
    graph.add_node("criticise", node(_criticise))
    graph.add_node("ask", node(_ask(rounds), most=rounds + 1))
    graph.add_node("revise", node(_revise(rounds), most=rounds))
    graph.add_edge(START, "draft")
    graph.add_conditional_edges("draft", route, ends)
    graph.add_edge("criticise", "ask")
    graph.add_conditional_edges("ask", answered, {"revise": "revise", "finish": END})
    graph.add_conditional_edges("revise", route, ends)
    return graph


async def _draft(state: ReviewState, context: Context) -> dict[str, Any]:
    (solution,) = await first_drafts(context, state["problem"])
    return {"round": 0, "kept": False, "critique": None, "final": solution}


async def _criticise(state: ReviewState, context: Context) -> dict[str, Any]:
    draft, index = state["final"], state["round"]
    assert draft is not None
    shown = {"solution": draft.text}
    asked = CRITIC(context, state["problem"], parents=[draft], values=shown, index=index)
    (made,) = await settle(context, "criticise", [asked])
    return {"critique": made[0] if made else None}


def _ask(rounds: int) -> Any:
    async def ask(state: ReviewState, context: Context) -> dict[str, Any]:
        said = str(interrupt(question(state, rounds))).strip()
        return {"said": "" if said.lower().rstrip(".!") in ACCEPT else said}

    return ask


def question(state: ReviewState, rounds: int) -> str:
    """What the person is shown: the draft, what the critic found, and how to answer."""
    draft, critique, left = state["final"], state.get("critique"), rounds - state["round"]
    assert draft is not None
    parts = [draft.text]
    if critique is not None:
        parts.append(f"What the critic found:\n\n{critique.text}")
    if state["kept"]:
        parts.append("The revision failed: this is the draft as it was.")
    times = "once more" if left == 1 else f"up to {left} times more"
    parts.append(
        f"Say `{ACCEPT[0]}` to accept this draft, or say what is wrong with it. It can be revised "
        f"{times}."
    )
    return "\n\n---\n\n".join(parts)


def _revise(rounds: int) -> Any:
    async def revise(state: ReviewState, context: Context) -> dict[str, Any]:
        draft, index = state["final"], state["round"]
        assert draft is not None
        # The draft was made in an earlier run of the thread, whose lineage has ended.
        context.lineage.restore(draft)
        agent = REVISE.answering(index + 1 == rounds)
        shown = {"solution": draft.text, "critique": state["said"]}
        asked = agent(context, state["problem"], parents=[draft], values=shown, index=index)
        (made,) = await settle(context, "revise", [asked])
        return {
            "round": index + 1,
            "kept": made is None,
            "critique": None,
            "final": made[0] if made else draft,
        }

    return revise
