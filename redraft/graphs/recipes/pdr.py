"""Parallel-Distill-Refine (arXiv 2510.01123): parallel drafts are distilled into a bounded
workspace, and the next drafts start from that workspace alone.

What could not be read in the paper is marked as ours in the docstring of `pdr`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import DRAFT, REFINE, Agent, carry, choose, draw, summarise
from redraft.core import Artifact, Context, Problem, Solution, Workspace
from redraft.graphs.gates import Gate, admit
from redraft.graphs.node import node, settle
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import vote as majority

Distiller = Literal["summary", "top_k", "per_sample_top_k", "random_k"]
Width = Annotated[int, Field(ge=1, le=1024)]


class PDRState(State):
    """`workspaces` holds one for all branches of the next round, or one for each of them."""

    workspaces: list[Workspace]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The settings that the nodes of one graph share."""

    widths: tuple[int, ...]
    distiller: Distiller
    k: int
    workspace_tokens: int
    fresh: int
    gate: Gate
    rule: Literal["none", "last", "all"]

    @property
    def rounds(self) -> int:
        """Refining rounds: one after each listed width, the last of width 1."""
        return len(self.widths)

    def width(self, round_: int) -> int:
        """How many refined drafts round `round_` (from 1) makes."""
        return self.widths[round_] if round_ < len(self.widths) else 1

    def answers_in(self, round_: int) -> bool:
        """Whether the refined draft of round `round_` is the answer, whatever it says."""
        return round_ == self.rounds and self.rule == "none"


@recipe
def pdr(
    widths: Annotated[tuple[Width, ...], Field(min_length=1, max_length=16)] = (8,),
    distiller: Distiller = "summary",
    k: Annotated[int, Field(ge=1)] = 4,
    workspace_tokens: Annotated[int, Field(ge=16)] = 8192,
    fresh: Annotated[int, Field(ge=0, le=64)] = 0,
    vote: Literal["none", "last", "all"] = "none",
    gate: Gate = "all",
) -> Graph:
    """Parallel drafts, distilled into a bounded workspace, refined (PDR).

    `widths` is the paper's schedule: [8], [16, 8] or [16, 8, 4]. A final round of one draft
    follows the listed ones (the paper has one final generation; that it comes after the list is
    our reading). `distiller`: a global "summary", whole solutions by shared "top_k", by
    "per_sample_top_k" (each branch its own), or "random_k"; `k` is 2 or 4 in the paper, and the
    distiller ranks (ours: the paper does not say who does). `workspace_tokens` bounds the
    workspace and is enforced; its value is not known, 8192 is four answers of the paper's 2048.
    The workspace is built anew each round and never holds thinking.

    Ours: `fresh` further drafts a round see no workspace, so that a wrong one cannot anchor all;
    `vote` takes the majority of the "last" round or of "all" drafts instead of the final draft
    (with `fresh`, "none" counts as "last"); `gate` says whose drafts may enter the workspace.
    """
    rule = "last" if fresh and vote == "none" else vote
    plan = Schedule(widths, distiller, k, workspace_tokens, fresh, gate, rule)
    graph = StateGraph(PDRState, Context)
    graph.add_node("draft", node(_draft(plan)))
    graph.add_node("distill", node(_distill(plan), most=plan.rounds))
    graph.add_node("refine", node(_refine(plan), most=plan.rounds))
    graph.add_node("finish", node(_finish(rule)))

    def route(state: PDRState) -> Literal["distill", "finish"]:
        return "distill" if state.get("round", plan.rounds) < plan.rounds else "finish"

    graph.add_edge(START, "draft")
    graph.add_conditional_edges("draft", route)
    graph.add_edge("distill", "refine")
    graph.add_conditional_edges("refine", route)
    graph.add_edge("finish", END)
    return graph


def _draft(plan: Schedule) -> Any:
    async def draft(state: PDRState, context: Context) -> dict[str, Any]:
        drafts = await first_drafts(context, state["problem"], n=plan.widths[0])
        return {"round": 0, "drafts": drafts, "candidates": drafts}

    return draft


def _distill(plan: Schedule) -> Any:
    async def distill(state: PDRState, context: Context) -> dict[str, Any]:
        problem, round_ = state["problem"], state["round"] + 1
        drafts = await admit(context, problem, plan.gate, state["drafts"])
        if not drafts:
            return {"workspaces": []}
        shared = plan.distiller in ("summary", "top_k")
        branches = 1 if shared else plan.width(round_)
        made = await settle(
            context,
            "distill",
            (
                _workspace(context, problem, plan, drafts, round_ * 1024 + b)
                for b in range(branches)
            ),
        )
        return {"workspaces": [workspace for workspace in made if workspace is not None]}

    return distill


async def _workspace(
    context: Context, problem: Problem, plan: Schedule, drafts: Sequence[Solution], index: int
) -> Workspace:
    if plan.distiller == "summary":
        return await summarise(context, problem, drafts, plan.workspace_tokens, index)
    parents: list[Artifact]
    if plan.distiller == "random_k":
        chosen = draw(context, problem, drafts, plan.k, index)
        parents = list(chosen)
    else:
        chosen, parents = await choose(context, problem, drafts, plan.k, index)
    limit = plan.workspace_tokens
    return await carry(context, problem, chosen, limit, parents=parents, index=index)


def _refine(plan: Schedule) -> Any:
    async def refine(state: PDRState, context: Context) -> dict[str, Any]:
        problem, round_ = state["problem"], state["round"] + 1
        workspaces, width = state.get("workspaces", []), plan.width(round_)
        fresh = plan.fresh if workspaces else width
        agent = REFINE.answering(plan.answers_in(round_))
        asked = [
            _from(agent, context, problem, workspace, round_ * 1024 + branch, n)
            for branch, (workspace, n) in enumerate(_shares(workspaces, width))
        ]
        if fresh:
            asked.append(DRAFT(context, problem, index=round_, n=fresh))
        made = await settle(context, "refine", asked)
        drafts = [draft for batch in made for draft in batch or ()]
        if not drafts:
            return {"round": plan.rounds}
        candidates = [*state["candidates"], *drafts]
        return {"round": round_, "drafts": drafts, "candidates": candidates}

    return refine


def _shares(workspaces: Sequence[Workspace], width: int) -> list[tuple[Workspace, int]]:
    """Each workspace with its number of drafts; `width` in all."""
    whole, rest = divmod(width, len(workspaces)) if workspaces else (0, 0)
    return [
        (w, whole + (place < rest)) for place, w in enumerate(workspaces) if whole or place < rest
    ]


async def _from(
    agent: Agent[Solution],
    context: Context,
    problem: Problem,
    workspace: Workspace,
    index: int,
    n: int,
) -> list[Solution]:
    shown = {"workspace": workspace.text}
    return await agent(context, problem, parents=[workspace], values=shown, index=index, n=n)


def _finish(rule: Literal["none", "last", "all"]) -> Any:
    async def finish(state: PDRState, context: Context) -> dict[str, Any]:
        drafts, problem = state.get("drafts", []), state["problem"]
        if rule == "none" and len(drafts) == 1:
            return {"final": drafts[0]}
        voters = state.get("candidates", []) if rule == "all" else drafts
        return {"final": await majority(context, problem, voters)}

    return finish
