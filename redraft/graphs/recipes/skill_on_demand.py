"""Skill-based examples on demand (AdaptMI and AdaptMI+, arXiv 2505.00147): easy questions keep the
plain answer, difficult ones are answered again from solved problems that train the right skills."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from pydantic import Field

from redraft.agents import (
    DRAFT,
    GUIDED,
    MISSING_SKILLS,
    QUESTION_SKILLS,
    VERIFIER,
    exemplify,
    on_list,
)
from redraft.core import Context, ExampleQuery, Examples, InputError, Labels, Problem, Solution
from redraft.graphs.examples import find_examples
from redraft.graphs.node import node
from redraft.graphs.recall import memory_of
from redraft.graphs.recipe import Graph, recipe
from redraft.graphs.state import State
from redraft.graphs.vote import agreement
from redraft.graphs.vote import vote as majority

Judge = Literal["verifier", "agreement"]


class SkillState(State):
    """`plain` is the answer without examples, and `difficult` says that it is not relied on.

    `labels` are the skills as they were named, `skills` those of them that examples train: empty
    where memory knows no skills, missing where none was named.
    """

    plain: Solution
    difficult: bool
    labels: Labels
    skills: list[str]
    examples: Examples


@dataclass(frozen=True, slots=True)
class Demand:
    """The settings that the nodes of one graph share."""

    n: int
    judge: Judge
    easy: float
    skills: Literal["missing", "question"]
    most: int
    tokens: int
    vote: Literal["last", "all"]


@partial(recipe, memory=True)
def skill_on_demand(
    n: Annotated[int, Field(ge=1, le=256)] = 1,
    judge: Judge = "verifier",
    easy: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.9,
    skills: Literal["missing", "question"] = "missing",
    most: Annotated[int, Field(ge=1, le=100)] = 5,
    tokens: Annotated[int, Field(ge=1)] = 4096,
    vote: Literal["last", "all"] = "last",
) -> Graph:
    """Difficult questions answered again, from examples of the skills they take (AdaptMI).

    `n` plain drafts. The question is easy and their majority's answer stands when the verifier
    passes it with a score above `easy`, or when a share above `easy` of the drafts agrees (ours;
    needs more than one). The paper scores every step with a reward model; 0.9 is its threshold
    for the last step and for the mean. A difficult question is answered `n` times again with at
    most `most` examples (5 in the paper) in `tokens` tokens, for the skills of the "question"
    (AdaptMI) or those "missing" in the answer (AdaptMI+), named out of memory's closed list;
    without a list they are the most alike (ours). Where no skill is missing or no example is
    found, the plain answer stands (ours). `vote` is over the "last" drafts or over "all" (ours).
    The paper's plain answer has five fixed examples, ours has none.
    """
    if judge == "agreement" and n == 1:
        raise InputError("recipe skill_on_demand: judge=agreement needs n of at least 2")
    demand = Demand(n, judge, easy, skills, most, tokens, vote)
    graph = StateGraph(SkillState, Context)
    for step in (_draft, _judge, _label, _recall, _redraft, _tally):
        graph.add_node(step.__name__.strip("_"), node(step(demand)))

    graph.add_edge(START, "draft")
    graph.add_edge("draft", "judge")
    graph.add_conditional_edges("judge", _judged)
    graph.add_conditional_edges("label", _labelled)
    graph.add_conditional_edges("recall", _recalled)
    graph.add_edge("redraft", "tally")
    graph.add_edge("tally", END)
    return graph


def _judged(state: SkillState) -> Literal["label", "tally"]:
    return "label" if state.get("difficult") else "tally"


def _labelled(state: SkillState) -> Literal["recall", "tally"]:
    return "recall" if "skills" in state else "tally"


def _recalled(state: SkillState) -> Literal["redraft", "tally"]:
    return "redraft" if "examples" in state and state["examples"].shown else "tally"


def _draft(demand: Demand) -> Any:
    async def draft(state: SkillState, context: Context) -> dict[str, Any]:
        drafts = await DRAFT(context, state["problem"], n=demand.n)
        return {"drafts": drafts, "candidates": drafts}

    return draft


def _judge(demand: Demand) -> Any:
    async def judge(state: SkillState, context: Context) -> dict[str, Any]:
        problem, drafts = state["problem"], state.get("drafts", [])
        plain = await majority(context, problem, drafts)
        if plain is None:
            return {"difficult": False}
        if demand.judge == "agreement":
            score = await agreement(context, problem, drafts)
        else:
            score = await _score(context, problem, plain)
        return {"plain": plain, "difficult": score <= demand.easy}

    return judge


async def _score(context: Context, problem: Problem, plain: Solution) -> float:
    """The verifier's score of an answer that it passes, else 0."""
    shown = {"solution": plain.text}
    (verdict,) = await VERIFIER(context, problem, parents=[plain], values=shown)
    return verdict.score or 0.0 if verdict.outcome == "passed" else 0.0


def _label(demand: Demand) -> Any:
    async def label(state: SkillState, context: Context) -> dict[str, Any]:
        plain, known = state["plain"], await memory_of(context).skills()
        if not known:
            return {"skills": []}
        shown = {"skills": "\n".join(known), "solution": plain.text}
        agent = MISSING_SKILLS if demand.skills == "missing" else QUESTION_SKILLS
        # The question's skills are named without sight of the answer, but had to wait for it.
        (labels,) = await agent(context, state["problem"], parents=[plain], values=shown)
        named = on_list(labels.names, known)
        return {"labels": labels, "skills": named} if named else {"labels": labels}

    return label


def _recall(demand: Demand) -> Any:
    async def recall(state: SkillState, context: Context) -> dict[str, Any]:
        asked = state["labels"] if "labels" in state else state["plain"]
        query = ExampleQuery(most=demand.most, skills=tuple(state["skills"]))
        examples = await find_examples(
            context, state["problem"], query, tokens=demand.tokens, parents=[asked]
        )
        return {"examples": examples}

    return recall


def _redraft(demand: Demand) -> Any:
    async def redraft(state: SkillState, context: Context) -> dict[str, Any]:
        examples = state["examples"]
        shown = {"examples": exemplify(examples.shown)}
        drafts = await GUIDED(
            context, state["problem"], parents=[examples], values=shown, n=demand.n
        )
        return {"drafts": drafts, "candidates": [*state["candidates"], *drafts]}

    return redraft


def _tally(demand: Demand) -> Any:
    async def tally(state: SkillState, context: Context) -> dict[str, Any]:
        voters = state.get("drafts" if demand.vote == "last" else "candidates", [])
        shown = state["examples"].shown if "examples" in state else ()
        counts = {
            "difficult": int(state.get("difficult", False)),
            "skills": len(state.get("skills", [])),
            "shown": len(shown),
        }
        return {"final": await majority(context, state["problem"], voters), "counts": counts}

    return tally
