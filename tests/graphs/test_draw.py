"""Recipes drawn as text, Mermaid and SVG."""

from xml.etree import ElementTree

import pytest

from redraft.graphs import RECIPES, draw


@pytest.mark.parametrize("name", list(RECIPES))
def test_every_recipe_is_drawn_in_every_format(name):
    graph = RECIPES[name]()
    for text in (draw(graph), draw(graph, "mermaid")):
        assert all(node in text for node in graph.nodes)
    picture = ElementTree.fromstring(draw(graph, "svg"))
    words = {element.text for element in picture.iter() if element.tag.endswith("text")}
    assert {"start", "end"} <= words
    assert len(words) == len(graph.nodes) + 2


def test_a_drawing_says_what_a_router_may_choose_and_how_often():
    text = draw(RECIPES["sequential"](rounds=4))
    assert "draft            - -> rewrite x 4" in text
    assert "draft            ---> rewrite" not in text


def test_titles_cannot_break_out_of_a_drawing():
    from langgraph.graph import END, START, StateGraph

    from redraft.core import Context
    from redraft.graphs import State, node

    async def step(state, context):
        return {}

    graph = StateGraph(State, Context)
    evil = '"]<script>&'
    graph.add_node(evil, node(step))
    graph.add_edge(START, evil)
    graph.add_edge(evil, END)
    assert "<script>" not in draw(graph, "svg")
    ElementTree.fromstring(draw(graph, "svg"))
    assert '""' not in draw(graph, "mermaid")
