"""Self-rethinking (arXiv 2403.20046): an answer is compared with mistakes that were made on other
problems, and thought over again while it seems to repeat one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import DRAFT, RECOGNISER, RETHINK, warn
from redraft.core import Context, Example, ExampleQuery, Examples, Recurrence, Solution
from redraft.graphs.examples import find_examples
from redraft.graphs.node import node, settle
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.recipes.critique import turned
from redraft.graphs.state import State
from redraft.graphs.vote import vote as majority


class RethinkState(State):
    """`mistakes` are memory's; `found` stands at the places of `drafts`, `None` for a clean one.

    `first` are the answers before any rethinking.
    """

    mistakes: Examples
    found: list[Recurrence | None]
    first: list[Solution]


@dataclass(frozen=True, slots=True)
class Rethinking:
    """The settings that the nodes of one graph share."""

    n: int
    rounds: int
    show: Literal["both", "types", "pairs"]
    most: int
    tokens: int
    vote: Literal["last", "all"]

    def lay(self, mistakes: Sequence[Example], first: int = 1) -> str:
        """Mistakes as they are shown, numbered from `first`."""
        return warn(mistakes, first, types=self.show != "pairs", pairs=self.show != "types")


@partial(recipe, memory=True)
def self_rethink(
    n: Annotated[int, Field(ge=1, le=256)] = 1,
    rounds: Annotated[int, Field(ge=1, le=64)] = 2,
    show: Literal["both", "types", "pairs"] = "both",
    most: Annotated[int, Field(ge=1, le=100)] = 5,
    tokens: Annotated[int, Field(ge=1)] = 4096,
    vote: Literal["last", "all"] = "last",
) -> Graph:
    """Answers compared with known mistakes, and thought over while they repeat one.

    Each of `n` plain answers is checked against memory's mistakes and thought over again, at most
    `rounds` times (the paper bounds them by a k that we do not know); a clean answer stands.
    `show`: the "types" of the errors with their explanations, as in the paper, raw wrong and right
    "pairs" (after implicit learning from mistakes, arXiv 2502.08550), or "both". The mistakes are
    at most `most`, of the problems most alike, in at most `tokens` tokens (ours: how the paper
    chooses them is not known to us). Without any, the plain answer stands.
    `vote` is over the "last" answers or over those of "all" rounds (ours). With a gold answer
    `counts` says what turned right or wrong.
    """
    plan = Rethinking(n, rounds, show, most, tokens, vote)
    graph = StateGraph(RethinkState, Context)
    graph.add_node("draft", node(_draft(plan)))
    graph.add_node("recall", node(_recall(plan)))
    graph.add_node("check", node(_check(plan), most=rounds))
    graph.add_node("rethink", node(_rethink(plan), most=rounds))
    graph.add_node("tally", node(_tally(plan)))

    def recalled(state: RethinkState) -> Literal["check", "tally"]:
        return "check" if "mistakes" in state and state["mistakes"].shown else "tally"

    def checked(state: RethinkState) -> Literal["rethink", "tally"]:
        return "rethink" if any(state.get("found", [])) else "tally"

    def rethought(state: RethinkState) -> Literal["check", "tally"]:
        return "check" if state["round"] < rounds else "tally"

    graph.add_edge(START, "draft")
    graph.add_edge("draft", "recall")
    graph.add_conditional_edges("recall", recalled)
    graph.add_conditional_edges("check", checked)
    graph.add_conditional_edges("rethink", rethought)
    graph.add_edge("tally", END)
    return graph


def _draft(plan: Rethinking) -> Any:
    async def draft(state: RethinkState, context: Context) -> dict[str, Any]:
        drafts = await DRAFT(context, state["problem"], n=plan.n)
        return {"round": 0, "drafts": drafts, "first": drafts, "candidates": drafts}

    return draft


def _recall(plan: Rethinking) -> Any:
    async def recall(state: RethinkState, context: Context) -> dict[str, Any]:
        query = ExampleQuery(most=plan.most, mistakes=True)
        mistakes = await find_examples(
            context, state["problem"], query, tokens=plan.tokens, lay=plan.lay
        )
        return {"mistakes": mistakes}

    return recall


def _check(plan: Rethinking) -> Any:
    async def check(state: RethinkState, context: Context) -> dict[str, Any]:
        drafts = state.get("drafts", [])
        doubts = state.get("found", drafts)
        work = (
            _recognise(context, state, plan, draft if doubt else None)
            for draft, doubt in zip(drafts, doubts, strict=True)
        )
        return {"found": await settle(context, "check", work)}

    return check


async def _recognise(
    context: Context, state: RethinkState, plan: Rethinking, draft: Solution | None
) -> Recurrence | None:
    """The mistake that `draft` repeats, if it is one of those shown; none for no draft."""
    if draft is None:
        return None
    problem, mistakes = state["problem"], state["mistakes"]
    shown = {"solution": draft.text, "mistakes": plan.lay(mistakes.shown)}
    parents, index = [draft, mistakes], state.get("round", 0)
    (made,) = await RECOGNISER(context, problem, parents=parents, values=shown, index=index)
    return made if 0 <= made.mistake < len(mistakes.shown) else None


def _rethink(plan: Rethinking) -> Any:
    async def rethink(state: RethinkState, context: Context) -> dict[str, Any]:
        drafts = state["drafts"]
        pairs = zip(drafts, state.get("found", []), strict=True)
        made = await settle(
            context, "rethink", (_again(context, state, plan, draft, one) for draft, one in pairs)
        )
        latest = [new or old for new, old in zip(made, drafts, strict=True)]
        changed = [new for new in made if new is not None]
        return {
            # Where nothing could be made, another round would fail the same way.
            "round": state["round"] + 1 if changed else plan.rounds,
            "drafts": latest,
            "candidates": [*state["candidates"], *changed],
        }

    return rethink


async def _again(
    context: Context,
    state: RethinkState,
    plan: Rethinking,
    draft: Solution,
    found: Recurrence | None,
) -> Solution | None:
    if found is None:
        return None
    mistake = state["mistakes"].shown[found.mistake]
    shown = {
        "solution": draft.text,
        "mistake": plan.lay([mistake], found.mistake + 1),
        "reason": found.text,
    }
    parents = [draft, found, state["mistakes"]]
    (made,) = await RETHINK(
        context, state["problem"], parents=parents, values=shown, index=state["round"]
    )
    return made


def _tally(plan: Rethinking) -> Any:
    async def tally(state: RethinkState, context: Context) -> dict[str, Any]:
        problem, drafts = state["problem"], state.get("drafts", [])
        every, first = state.get("candidates", []), state.get("first", [])
        shown = state["mistakes"].shown if "mistakes" in state else ()
        counts = await turned(context, problem, first, drafts)
        counts |= {"mistakes": len(shown), "rethought": len(every) - len(first)}
        voters = drafts if plan.vote == "last" else every
        return {"final": await majority(context, problem, voters), "counts": counts}

    return tally
