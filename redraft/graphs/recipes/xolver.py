"""A team with experience and a shared board (Xolver, arXiv 2506.14234): experts answer by
themselves, a judge scores, and what stands on the board is what they improve on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import (
    DRAFT,
    EXPERT,
    EXPERT_BOARD,
    EXPERT_RECALLING,
    REMINISCE,
    VERIFIER,
    exemplify,
    recruit,
)
from redraft.core import Artifact, Context, ExampleQuery, Examples, Problem, Solution, Team, Verdict
from redraft.graphs.board import Entry, converged, lay_board, top
from redraft.graphs.examples import find_examples, fitting
from redraft.graphs.node import node, settle
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import group

Experience = Literal["lexical", "embedding", "hybrid", "self", "none"]


class XolverState(State):
    """`own` has the last solution of each agent, `entries` the round's that are to be judged, and
    `board` the best of all."""

    team: Team
    examples: Examples
    own: list[Solution | None]
    entries: list[Entry]
    board: list[Entry]


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings that the nodes of one graph share."""

    agents: int
    rounds: int
    experience: Experience
    most: int
    tokens: int
    plain: int
    perfect: float


@recipe
def xolver(
    agents: Annotated[int, Field(ge=1, le=64)] = 3,
    rounds: Annotated[int, Field(ge=1, le=64)] = 2,
    experience: Experience = "lexical",
    most: Annotated[int, Field(ge=1, le=100)] = 5,
    tokens: Annotated[int, Field(ge=16)] = 8192,
    plain: Annotated[int, Field(ge=0, le=64)] = 0,
    perfect: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0,
) -> Graph:
    """A team with roles and experience, a judge, and a shared board of the best solutions.

    A planner gives `agents` roles. In the first of `rounds` each answers from `most` solved
    problems of the handbook, found by words (`experience="lexical"`, as in the paper), embedding
    or both; without a handbook, or where it has none, from one that the actor recalls by itself
    ("self"), or from "none". The judge, which is the verifier, scores each answer, and the board
    keeps the best, as many as there are agents. In later rounds each sees its own answer, the
    board with the judge's words, and no experience. It ends early when the whole board scores
    `perfect`; the answer is the best, on a tie the majority's of these (ours).

    Agents, rounds and examples are the paper's, whether its rounds count the first is not clear.
    `tokens` bounds the examples, and the board. `plain` further drafts of the first round have
    neither role nor experience (both ours). The paper's agents may run Python; ours do not.
    """
    plan = Plan(agents, rounds, experience, most, tokens, plain, perfect)
    graph = StateGraph(XolverState, Context)
    graph.add_node("recruit", node(_recruit(plan)))
    graph.add_node("recall", node(_recall(plan)))
    graph.add_node("solve", node(_solve(plan), most=rounds))
    graph.add_node("judge", node(_judge(plan), most=rounds))
    graph.add_node("finish", node(_finish(plan)))
    graph.add_edge(START, "recruit")
    graph.add_edge("recruit", "recall")
    graph.add_edge("recall", "solve")
    graph.add_edge("solve", "judge")
    graph.add_conditional_edges("judge", _route(plan))
    graph.add_edge("finish", END)
    return graph


def _route(plan: Plan) -> Any:
    def judged(state: XolverState) -> Literal["solve", "finish"]:
        again = state["round"] < plan.rounds
        if again and not converged(state.get("board", []), plan.agents, plan.perfect):
            return "solve"
        return "finish"

    return judged


def _recruit(plan: Plan) -> Any:
    async def recruit_(state: XolverState, context: Context) -> dict[str, Any]:
        team = await recruit(context, state["problem"], plan.agents)
        return {"team": team, "round": 0}

    return recruit_


def _recall(plan: Plan) -> Any:
    async def recall(state: XolverState, context: Context) -> dict[str, Any]:
        problem, by = state["problem"], plan.experience
        if by == "none":
            return {}
        if by != "self" and context.memory is not None:
            query = ExampleQuery(most=plan.most, by=by)
            examples = await find_examples(context, problem, query, tokens=plan.tokens)
            if examples.shown:
                return {"examples": examples}
        (own,) = await REMINISCE(context, problem)
        fits = await fitting(context, own.shown, plan.tokens, exemplify)
        return {"examples": own} if fits else {}

    return recall


def _solve(plan: Plan) -> Any:
    async def solve(state: XolverState, context: Context) -> dict[str, Any]:
        problem, round_ = state["problem"], state["round"]
        board = await lay_board(context, state["board"], plan.tokens) if "board" in state else ""
        fresh = [DRAFT(context, problem, n=plan.plain)] if plan.plain and not round_ else []
        made, drafts = await asyncio.gather(
            settle(
                context, "solve", (_answer(context, state, board, i) for i in range(plan.agents))
            ),
            settle(context, "solve", fresh),
        )
        roles = (*state["team"].roles[: plan.agents], *[""] * plan.plain)
        every = [*made, *(one for batch in drafts for one in batch or ())]
        entries = [
            Entry(solution=one, role=roles[place], round=round_, place=place)
            for place, one in enumerate(every)
            if one is not None
        ]
        before = state.get("own", [None] * plan.agents)
        return {
            "own": [new or old for new, old in zip(made, before, strict=True)],
            "entries": entries,
            "candidates": [*state.get("candidates", []), *(one.solution for one in entries)],
        }

    return solve


async def _answer(context: Context, state: XolverState, board: str, place: int) -> Solution:
    """An agent's next solution: from its last one and the board; the first from experience."""
    team = state["team"]
    own = state["own"][place] if "own" in state else None
    shown, parents = {"role": team.roles[place]}, list[Artifact]([team])
    agent = EXPERT
    if own is not None:
        agent, shown = EXPERT_BOARD, {**shown, "solution": own.text, "board": board}
        parents += [own, *_shown(state["board"])]
    elif "examples" in state and state["round"] == 0:
        agent, shown = EXPERT_RECALLING, {**shown, "examples": exemplify(state["examples"].shown)}
        parents += [state["examples"]]
    index = state["round"] * 1024 + place
    (made,) = await agent(context, state["problem"], parents=parents, values=shown, index=index)
    return made


def _judge(plan: Plan) -> Any:
    async def judge(state: XolverState, context: Context) -> dict[str, Any]:
        entries = state.get("entries", [])
        work = (_score(context, state["problem"], entry) for entry in entries)
        verdicts = await settle(context, "judge", work)
        judged = [
            entry.model_copy(update={"verdict": verdict})
            for entry, verdict in zip(entries, verdicts, strict=True)
        ]
        return {
            "board": top([*state.get("board", []), *judged], plan.agents),
            "entries": [],
            # Where nothing could be made, another round would fail the same way.
            "round": state["round"] + 1 if entries else plan.rounds,
        }

    return judge


async def _score(context: Context, problem: Problem, entry: Entry) -> Verdict:
    shown = {"solution": entry.solution.text}
    (verdict,) = await VERIFIER(context, problem, parents=[entry.solution], values=shown)
    return verdict


def _finish(plan: Plan) -> Any:
    async def finish(state: XolverState, context: Context) -> dict[str, Any]:
        problem, board = state["problem"], state.get("board", [])
        shown = state["examples"].shown if "examples" in state else ()
        counts = {
            "rounds": context.lineage.visits["solve"],
            "converged": int(converged(board, plan.agents, plan.perfect)),
            "examples": len(shown),
        }
        return {"final": await _best(context, problem, board), "counts": counts}

    return finish


async def _best(context: Context, problem: Problem, board: Sequence[Entry]) -> Solution | None:
    """The best entry's solution anew; its first parents are the entry's own and its verdict."""
    if not board:
        return None
    tied = [entry for entry in board if entry.score == board[0].score]
    groups = await group(context, problem, [entry.solution for entry in tied])
    chosen = max(groups, key=len)[0] if groups else tied[0].solution
    best = next(entry for entry in tied if entry.solution is chosen)
    kept = Solution(
        agent="board", text=chosen.text, answer=chosen.answer, truncated=chosen.truncated
    )
    parents = [best, *(entry for entry in board if entry is not best)]
    return context.add(problem, kept, _shown(parents))


def _shown(entries: Sequence[Entry]) -> list[Artifact]:
    """Solutions and verdicts, in order."""
    pairs = ((entry.solution, entry.verdict) for entry in entries)
    return [one for pair in pairs for one in pair if one is not None]
