"""Behavior-conditioned inference (Metacognitive Reuse, arXiv 2509.13237): the handbook's behaviors
for a problem stand in the prompt, and the actor names those that it uses."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import DRAFT
from redraft.core import Context, Recalled, Retrieval
from redraft.graphs.node import node
from redraft.graphs.recall import Recall
from redraft.graphs.recall import behave as draft_by
from redraft.graphs.recall import recall as ask_memory
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import agreement
from redraft.graphs.vote import vote as majority


class BehaviorState(State):
    """`needed` says whether the handbook is opened; `recalled` is what it had."""

    needed: bool
    recalled: Recalled


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings that the nodes of one graph share."""

    n: int
    how: Recall
    plain: int
    agree: float


_USUAL = Recall()


@partial(recipe, memory=True)
def behaviors(
    n: Annotated[int, Field(ge=1, le=256)] = 1,
    most: Annotated[int, Field(ge=1, le=100)] = _USUAL.most,
    by: Retrieval = _USUAL.by,
    tokens: Annotated[int, Field(ge=1)] = _USUAL.tokens,
    hold: Annotated[float, Field(ge=0.0, lt=1.0)] = _USUAL.hold,
    plain: Annotated[int, Field(ge=0, le=256)] = 0,
    agree: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0,
) -> Graph:
    """Behaviors of a handbook in context, cited by name (behavior-conditioned inference).

    `n` drafts see at most `most` behaviors, found `by` topic, words, embedding or both, or by their
    worth alone, in at most `tokens` tokens. The paper recalls by topic, or the 40 nearest
    embeddings. `hold` is the share of problems solved without any, and of behaviors kept back one
    by one on the others, by chance: what the handbook is worth is measured on these (ours).
    `plain` drafts are made without behaviors first: when `agree` of them share an answer, it
    stands and the handbook stays closed (help on demand after AdaptMI, arXiv 2505.00147, with
    agreement in place of its reward model), else all drafts vote.
    """
    reading = Reading(n, Recall(most, by, tokens, hold), plain, agree)
    graph = StateGraph(BehaviorState, Context)
    graph.add_node("draft", node(_draft(reading)))
    graph.add_node("recall", node(_recall(reading)))
    graph.add_node("behave", node(_behave(reading)))
    graph.add_node("tally", node(_tally))

    def drafted(state: BehaviorState) -> Literal["recall", "tally"]:
        return "recall" if state.get("needed", True) else "tally"

    graph.add_edge(START, "draft")
    graph.add_conditional_edges("draft", drafted)
    graph.add_edge("recall", "behave")
    graph.add_edge("behave", "tally")
    graph.add_edge("tally", END)
    return graph


def _draft(reading: Reading) -> Any:
    async def draft(state: BehaviorState, context: Context) -> dict[str, Any]:
        if not reading.plain:
            return {"needed": True, "candidates": []}
        problem = state["problem"]
        drafts = await DRAFT(context, problem, n=reading.plain)
        shared = await agreement(context, problem, drafts)
        return {"needed": shared < reading.agree, "candidates": drafts}

    return draft


def _recall(reading: Reading) -> Any:
    async def recall(state: BehaviorState, context: Context) -> dict[str, Any]:
        return {"recalled": await ask_memory(context, state["problem"], reading.how)}

    return recall


def _behave(reading: Reading) -> Any:
    async def behave(state: BehaviorState, context: Context) -> dict[str, Any]:
        problem, recalled = state["problem"], state["recalled"]
        final = reading.n == 1 and not reading.plain
        # Index 0 made the plain drafts.
        drafts = await draft_by(context, problem, recalled, n=reading.n, index=1, final=final)
        cited = sum(one.name in draft.text for one in recalled.shown for draft in drafts)
        return {
            "drafts": drafts,
            "candidates": [*state.get("candidates", []), *drafts],
            "counts": {"shown": len(recalled.shown), "held": len(recalled.held), "cited": cited},
        }

    return behave


async def _tally(state: BehaviorState, context: Context) -> dict[str, Any]:
    return {"final": await majority(context, state["problem"], state.get("candidates", []))}
