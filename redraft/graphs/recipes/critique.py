"""Critique in the loop at test time (AutoMathCritique, arXiv 2411.16579): a critic judges each
answer step by step, the actor revises by the critique, and the answers are put to a vote."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import CRITIC, DRAFT, REVISE, VERIFIER
from redraft.core import Context, Critique, Problem, Solution
from redraft.graphs.gates import is_right
from redraft.graphs.node import node, settle
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import vote as majority

Gate = Literal["always", "only_if_wrong", "oracle"]
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class CritiqueState(State):
    """`critiques` stand at the places of `drafts`; `None` where none was made.

    `first` are the answers before any revision.
    """

    critiques: list[Critique | None]
    first: list[Solution]


@dataclass(frozen=True, slots=True)
class Loop:
    """The settings that the nodes of one graph share."""

    n: int
    rounds: int
    gate: Gate
    barrier: bool
    keep: Literal["revised", "best"]
    vote: Literal["last", "all"]
    revise: Literal["by_critique", "anew"]

    def answers_in(self, round_: int) -> bool:
        """Whether what is revised in round `round_` (from 0) is the answer, whatever it says."""
        surely = self.keep == "revised" and not self.barrier and self.vote == "last"
        return self.n == 1 and round_ + 1 == self.rounds and surely


@recipe
def critique(
    n: Annotated[int, Field(ge=1, le=256)] = 1,
    rounds: Annotated[int, Field(ge=1, le=64)] = 1,
    gate: Gate = "only_if_wrong",
    barrier: bool = False,
    keep: Literal["revised", "best"] = "revised",
    vote: Literal["last", "all"] = "last",
    revise: Literal["by_critique", "anew"] = "by_critique",
) -> Graph:
    """Answers criticised step by step, revised by the critique, put to a vote.

    Parallel is `n` answers and one round, sequential one answer and several `rounds`; the two
    combine. `gate`: revise "always", "only_if_wrong" (the critic says so), or "oracle", which
    criticises the answers that the gold answer calls wrong (the paper's TEST_KNOW_ANSWER; a
    record marks it). `vote` is over the "last" answers or over those of "all" rounds.
    Critic and revision are greedy, as in the paper's scripts. Their actor is greedy too, which
    makes `n` answers equal; ours samples.

    `barrier` throws a revision away that has fewer numbers than the answer before it minus 2;
    the paper filters training data so and counts the reference's numbers too, which a test does
    not have. `keep="best"` asks the verifier about both versions and keeps the better one, the
    revision on a tie (ours). Where there is a gold answer, `counts` says how many answers turned
    from right to wrong and back. `revise="anew"` is the plain-retry baseline (ours): what the gate
    lets through is drafted again by an actor that sees neither the answer nor its critique.
    """
    loop = Loop(n, rounds, gate, barrier, keep, vote, revise)
    graph = StateGraph(CritiqueState, Context)
    graph.add_node("draft", node(_draft(loop)))
    graph.add_node("criticise", node(_criticise(loop), most=rounds))
    graph.add_node("revise", node(_revise(loop), most=rounds))
    graph.add_node("tally", node(_tally(loop)))

    def judged(state: CritiqueState) -> Literal["revise", "tally"]:
        return "revise" if any(state.get("critiques", [])) else "tally"

    def revised(state: CritiqueState) -> Literal["criticise", "tally"]:
        return "criticise" if state["round"] < rounds else "tally"

    graph.add_edge(START, "draft")
    graph.add_edge("draft", "criticise")
    graph.add_conditional_edges("criticise", judged)
    graph.add_conditional_edges("revise", revised)
    graph.add_edge("tally", END)
    return graph


def _draft(loop: Loop) -> Any:
    async def draft(state: CritiqueState, context: Context) -> dict[str, Any]:
        drafts = await first_drafts(context, state["problem"], n=loop.n)
        return {"round": 0, "drafts": drafts, "first": drafts, "candidates": drafts}

    return draft


def _criticise(loop: Loop) -> Any:
    async def criticise(state: CritiqueState, context: Context) -> dict[str, Any]:
        problem, round_ = state["problem"], state.get("round", 0)
        work = (
            _judge(context, problem, loop.gate, draft, round_) for draft in state.get("drafts", [])
        )
        return {"critiques": await settle(context, "criticise", work)}

    return criticise


async def _judge(
    context: Context, problem: Problem, gate: Gate, draft: Solution, round_: int
) -> Critique | None:
    """A critique to revise by, or `None` where the gate keeps the draft as it is."""
    if gate == "oracle" and await is_right(context, problem, draft) is not False:
        return None
    shown = {"solution": draft.text}
    (made,) = await CRITIC(context, problem, parents=[draft], values=shown, index=round_)
    return None if gate == "only_if_wrong" and made.final_correct else made


def _revise(loop: Loop) -> Any:
    async def revise(state: CritiqueState, context: Context) -> dict[str, Any]:
        problem, drafts = state["problem"], state["drafts"]
        pairs = zip(drafts, state.get("critiques", []), strict=True)
        work = (
            _improve(context, problem, loop, draft, by, state["round"], place)
            for place, (draft, by) in enumerate(pairs)
        )
        made = await settle(context, "revise", work)
        latest = [new or old for new, old in zip(made, drafts, strict=True)]
        changed = [new for new, old in zip(latest, drafts, strict=True) if new is not old]
        return {
            "round": state["round"] + 1 if any(made) else loop.rounds,
            "drafts": latest,
            "candidates": [*state["candidates"], *changed],
        }

    return revise


async def _improve(
    context: Context,
    problem: Problem,
    loop: Loop,
    draft: Solution,
    by: Critique | None,
    round_: int,
    place: int,
) -> Solution:
    if by is None:
        return draft
    # A draft made anew is shown neither parent, but it had to wait for both.
    parents, final = [draft, by], loop.answers_in(round_)
    if loop.revise == "anew":
        # Index 0 made the first drafts. Two places must not ask the same: that is one call.
        index = (round_ + 1) * 1024 + place
        agent = DRAFT.answering(final)
        (revised,) = await agent(context, problem, parents=parents, index=index)
    else:
        shown = {"solution": draft.text, "critique": by.text}
        agent = REVISE.answering(final)
        (revised,) = await agent(context, problem, parents=parents, values=shown, index=round_)
    if loop.barrier and is_shortcut(draft.text, revised.text):
        return draft
    if loop.keep == "best" and not await _as_good(context, problem, draft, revised):
        return draft
    return revised


def is_shortcut(before: str, after: str) -> bool:
    """Whether a revision jumps to the result: it has fewer numbers than `before` minus 2."""
    return len(_NUMBER.findall(after)) < len(_NUMBER.findall(before)) - 2


async def _as_good(context: Context, problem: Problem, old: Solution, new: Solution) -> bool:
    old_score, new_score = await settle(
        context, "keep", (_score(context, problem, version) for version in (old, new))
    )
    return old_score is None or new_score is None or new_score >= old_score


async def _score(context: Context, problem: Problem, version: Solution) -> float | None:
    shown = {"solution": version.text}
    (verdict,) = await VERIFIER(context, problem, parents=[version], values=shown)
    return verdict.score


def _tally(loop: Loop) -> Any:
    async def tally(state: CritiqueState, context: Context) -> dict[str, Any]:
        problem, drafts = state["problem"], state.get("drafts", [])
        voters = drafts if loop.vote == "last" else state.get("candidates", [])
        counts = await turned(context, problem, state.get("first", []), drafts)
        return {"final": await majority(context, problem, voters), "counts": counts}

    return tally


async def turned(
    context: Context, problem: Problem, before: list[Solution], after: list[Solution]
) -> dict[str, int]:
    """How many answers stayed or turned right or wrong; empty without a gold answer."""
    counts: dict[str, int] = {}
    for old, new in zip(before, after, strict=True):
        was, now = await is_right(context, problem, old), await is_right(context, problem, new)
        if was is None or now is None:
            continue
        name = f"{'right' if was else 'wrong'}_to_{'right' if now else 'wrong'}"
        counts[name] = counts.get(name, 0) + 1
    return counts
