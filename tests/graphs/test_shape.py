"""Graphs that cannot end are refused before anything runs."""

from typing import Any, Literal

import pytest
from langgraph.graph import END, START, StateGraph

from redraft.core import Context, GraphError
from redraft.graphs import RECIPES, State, check_shape, node


async def work(state: State, context: Context) -> dict[str, Any]:
    return {}


def graph(*names: str) -> Any:
    builder = StateGraph(State, Context)
    for name in names:
        builder.add_node(name, node(work))
    return builder


def test_every_recipe_passes():
    for recipe in RECIPES.values():
        check_shape(recipe(), recipe.name)


def test_an_unreachable_node_is_named():
    builder = graph("a", "lost")
    builder.add_edge(START, "a")
    builder.add_edge("a", END)
    builder.add_edge("lost", END)
    with pytest.raises(GraphError, match="'lost' can never be reached"):
        check_shape(builder)


def test_a_node_that_cannot_finish_is_named():
    builder = graph("a", "trap")
    builder.add_edge(START, "a")
    builder.add_edge("a", END)
    builder.add_edge("a", "trap")
    with pytest.raises(GraphError, match="'trap' has no way to the end"):
        check_shape(builder)


def test_a_router_must_declare_its_targets():
    def anywhere(state: State):
        return "a"

    builder = graph("a")
    builder.add_edge(START, "a")
    builder.add_conditional_edges("a", anywhere)
    with pytest.raises(GraphError, match="'anywhere' after 'a' does not declare"):
        check_shape(builder)


def again(state: State) -> Literal["a", "__end__"]:
    return END


@pytest.mark.parametrize("most", [None, 3])
def test_a_loop_needs_a_bound(most):
    builder = StateGraph(State, Context)
    builder.add_node("a", node(work, most=most))
    builder.add_edge(START, "a")
    builder.add_conditional_edges("a", again)
    if most is None:
        with pytest.raises(GraphError, match=r"loop a -> a has no bound"):
            check_shape(builder)
    else:
        check_shape(builder)


def test_one_bounded_node_bounds_only_the_loops_through_it():
    builder = StateGraph(State, Context)
    builder.add_node("a", node(work, most=2))
    builder.add_node("b", node(work))

    def onward(state: State) -> Literal["a", "b", "__end__"]:
        return END

    builder.add_edge(START, "a")
    builder.add_edge("a", "b")
    builder.add_conditional_edges("b", onward)
    with pytest.raises(GraphError, match="b -> b"):
        check_shape(builder)
