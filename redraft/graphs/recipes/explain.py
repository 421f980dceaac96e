"""Labels for solved problems: what went wrong in wrong attempts (self-rethinking, arXiv
2403.20046), and the skills that solutions take or attempts lacked (AdaptMI, arXiv 2505.00147)."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, cast

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import DRAFT, EXPLAIN, MISSING_SKILLS, QUESTION_SKILLS, read_solution
from redraft.core import (
    Artifact,
    Choice,
    Context,
    Explanation,
    InputError,
    Problem,
    Solution,
)
from redraft.graphs.gates import is_right
from redraft.graphs.node import node, settle
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.recipes.learn import TRACE
from redraft.graphs.state import State
from redraft.graphs.vote import vote as majority

WRONG = "wrong"
"""The field of a problem's `meta` that holds wrong attempts, beside the solution in `TRACE`."""
MOST_WRONG = 3
"""How many wrong attempts at a problem are worth a label, of different answers each (ours)."""


@partial(recipe, study=True)
def explain(
    n: Annotated[int, Field(ge=1, le=256)] = 4, errors: bool = True, skills: bool = False
) -> Graph:
    """Wrong attempts explained beside a right one, and the skills that solutions take.

    `n` drafts, or the solution and the attempts that come with the problem in its fields "trace"
    and "wrong"; the gold answer says which are right. With `errors`, each wrong attempt gets a type
    of the closed list and an explanation; the paper explains it beside the set's reference, here it
    is beside the majority's solution, else the first right one (ours). With `skills`, skills out of
    memory's closed list. The answer is the majority's.
    """
    graph = StateGraph(State, Context)
    graph.add_node("draft", node(_draft(n)))
    graph.add_node("tally", node(_tally))
    graph.add_node("label", node(_label(errors, skills)))
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "tally")
    graph.add_edge("tally", "label")
    graph.add_edge("label", END)
    return graph


def _draft(n: int) -> Any:
    async def draft(state: State, context: Context) -> dict[str, Any]:
        problem = state["problem"]
        given = _given(problem)
        if not given:
            return {"candidates": await DRAFT(context, problem, n=n)}
        read = [read_solution(Choice(content=text), problem) for text in given]
        return {"candidates": [context.add(problem, one, (), i) for i, one in enumerate(read)]}

    return draft


def _given(problem: Problem) -> list[str]:
    """The solution and the attempts that come with the problem."""
    attempts = problem.meta.get(WRONG, [])
    listed = cast(list[object], attempts) if isinstance(attempts, list) else [attempts]
    texts = [problem.meta.get(TRACE), *listed]
    return [text for text in texts if isinstance(text, str) and text]


async def _tally(state: State, context: Context) -> dict[str, Any]:
    return {"final": await majority(context, state["problem"], state.get("candidates", []))}


def _label(errors: bool, skills: bool) -> Any:
    async def label(state: State, context: Context) -> dict[str, Any]:
        known = await _known(context) if skills else ()
        right, wrong = await _sorted(context, state)
        work: list[Awaitable[Artifact]] = []
        if right is not None:
            about = _About(context, state["problem"], right, known)
            work += [about.error(one, i) for i, one in enumerate(wrong)] if errors else []
            work += [about.lacked(one, i) for i, one in enumerate(wrong)] if known else []
            work += [about.taken()] if known else []
        made = [one for one in await settle(context, "label", work) if one is not None]
        explained = sum(isinstance(one, Explanation) for one in made)
        return {"counts": {"explained": explained, "labelled": len(made) - explained}}

    return label


async def _known(context: Context) -> Sequence[str]:
    """Memory's closed list of skills; raises `InputError` where there is none."""
    known: Sequence[str] = () if context.memory is None else await context.memory.skills()
    if not known:
        raise InputError(
            "no list of skills to label with: give --handbook PATH, a handbook with labelled "
            "examples; 'redraft handbook import' takes them from a file"
        )
    return known


async def _sorted(context: Context, state: State) -> tuple[Solution | None, list[Solution]]:
    """A right solution, if there is one, and wrong attempts with different answers."""
    problem, drafts, final = state["problem"], state.get("candidates", []), state.get("final")
    right: Solution | None = None
    wrong: dict[str, Solution] = {}
    for draft in [*([] if final is None else [final]), *drafts]:
        verdict = await is_right(context, problem, draft)
        if verdict and right is None:
            right = draft
        if verdict is False and draft.answer is not None and draft is not final:
            wrong.setdefault(draft.answer, draft)
    return right, list(wrong.values())[:MOST_WRONG]


@dataclass(frozen=True, slots=True)
class _About:
    """What is asked about one problem: its right solution, and the skills that there are."""

    context: Context
    problem: Problem
    right: Solution
    known: Sequence[str]

    async def error(self, wrong: Solution, index: int) -> Artifact:
        shown = {"solution": self.right.text, "wrong": wrong.text}
        parents = [wrong, self.right]
        (made,) = await EXPLAIN(
            self.context, self.problem, parents=parents, values=shown, index=index
        )
        return made

    async def lacked(self, wrong: Solution, index: int) -> Artifact:
        shown = {"skills": "\n".join(self.known), "solution": wrong.text}
        (made,) = await MISSING_SKILLS(
            self.context, self.problem, parents=[wrong], values=shown, index=index
        )
        return made

    async def taken(self) -> Artifact:
        shown = {"skills": "\n".join(self.known)}
        (made,) = await QUESTION_SKILLS(self.context, self.problem, values=shown)
        return made
