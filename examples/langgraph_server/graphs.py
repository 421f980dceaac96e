"""Recipes as graphs of a conversation, for LangGraph's own server, its Studio and Agent Chat UI.

`langgraph.json` names the graphs. The models are those of `redraft.toml` beside this file, or of
the file that the environment variable `REDRAFT_CONFIG` names; they must be servers that run.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph

import redraft
from redraft.agents import load_prompts_by_role
from redraft.core import Message, Role
from redraft.graphs import run
from redraft.models import Retry, RetryPolicy, load_catalog, open_catalog
from redraft.tools import Checkers

HERE = Path(__file__).parent
CATALOG = load_catalog(Path(os.environ.get("REDRAFT_CONFIG", HERE / "redraft.toml")))
PROMPTS = load_prompts_by_role(None, CATALOG.prompt_sets())
ROLES: dict[str, Role] = {"human": "user", "ai": "assistant", "system": "system"}
Conversation = CompiledStateGraph[MessagesState, None, MessagesState, MessagesState]


def conversation(recipe: redraft.Recipe, **knobs: object) -> Conversation:
    """A graph with the state `messages`: the recipe answers the last one, the user's."""
    solver = recipe.build(recipe.parse(knobs))

    async def answer(state: MessagesState) -> dict[str, list[AnyMessage]]:
        problem = problem_of(state["messages"])
        async with open_catalog(CATALOG, log=HERE / "vllm.log") as models, Checkers() as checker:
            outcome = await run(
                solver,
                problem,
                redraft.Context(
                    models={role: Retry(one, RetryPolicy()) for role, one in models.items()},
                    prompts=PROMPTS,
                    checker=checker,
                    sampling=CATALOG.sampling,
                ),
            )
        if outcome.final is None:
            raise redraft.RedraftError(outcome.failures[-1].message)
        return {"messages": [AIMessage(outcome.final.text)]}

    graph = StateGraph(MessagesState)
    graph.add_node(recipe.name, answer)
    graph.add_edge(START, recipe.name)
    return graph.compile(name=recipe.name)


def problem_of(messages: Sequence[AnyMessage]) -> redraft.Problem:
    """The last message as a problem, and those before it as its history."""
    *before, last = [
        Message(role=ROLES[one.type], content=one.text) for one in messages if one.type in ROLES
    ]
    return redraft.Problem(id=messages[-1].id or "", prompt=last.content, history=tuple(before))


vote = conversation(redraft.RECIPES["vote"], n=4)
critique = conversation(redraft.RECIPES["critique"])
