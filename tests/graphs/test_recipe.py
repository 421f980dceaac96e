"""Knobs: read from the signature, given in Python or as the command line's strings."""

import pytest
from langgraph.graph import END, START, StateGraph

from redraft.core import Context, GraphError, InputError
from redraft.graphs import RECIPES, State, node, recipe


@pytest.mark.parametrize("text", ["8,4", "[8, 4]", "8, 4", [8, 4], (8, 4)])
def test_lists_come_as_text_too(text):
    assert RECIPES["pdr"].parse({"widths": text}).widths == (8, 4)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("pdr", {"width": "8"}, r"pdr has no knob 'width'; did you mean 'widths'\?"),
        ("pdr", {"widths": "8,x"}, r"pdr: knob widths\.1: .*integer"),
        ("pdr", {"widths": ""}, r"pdr: knob widths: .*at least 1"),
        ("pdr", {"distiller": "summry"}, r"pdr: knob distiller: .*'summary'"),
        ("vote", {"n": "0"}, r"vote: knob n: .*greater than or equal to 1"),
        ("single", {"n": "2"}, r"single has no knob 'n' \(it has: none\)"),
        ("hint", {"agree": "2"}, r"hint: knob agree"),
    ],
)
def test_a_wrong_knob_is_named(name, settings, words):
    with pytest.raises(InputError, match=words):
        RECIPES[name].parse(settings)


def test_every_recipe_says_what_it_is():
    for name, made in RECIPES.items():
        assert made.name == name
        assert made.summary.endswith(".") or made.summary.endswith(").")


def test_a_knob_without_default_is_refused():
    with pytest.raises(GraphError, match="'n' has none"):

        @recipe
        def mine(n: int):
            raise AssertionError


def test_a_users_recipe_is_a_value_like_ours():
    async def nothing(state: State, context: Context):
        return {}

    @recipe
    def mine(rounds: int = 2):
        """Mine."""
        graph = StateGraph(State, Context)
        graph.add_node("loop", node(nothing, most=rounds))
        graph.add_edge(START, "loop")
        graph.add_edge("loop", END)
        return graph

    assert "mine" not in RECIPES
    assert list(mine(rounds=3).nodes) == ["loop"]
    with pytest.raises(InputError, match="did you mean 'rounds'"):
        mine(round=3)
