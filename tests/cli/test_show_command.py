"""`redraft show` and `redraft recipes`: every recipe can be drawn and is listed with its knobs."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from redraft.graphs import RECIPES

OWN = """
from langgraph.graph import END, START, StateGraph
from redraft.core import Context
from redraft.graphs import State

async def think(state):
    return {}

builder = StateGraph(State, Context)
builder.add_node("think", think)
builder.add_edge(START, "think")
builder.add_edge("think", END)
compiled = builder.compile(name="own")

def made(rounds: int = 2):
    return builder
"""


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("form", ["text", "mermaid", "svg"])
def test_every_recipe_is_drawn(redraft, name: str, form: str):
    status, out, err = redraft("show", name, "--format", form)
    assert (status, err) == (0, "")
    assert out.strip()


def test_a_drawing_follows_the_knobs(redraft):
    _, one, _ = redraft("show", "pdr", "--set", "widths=8")
    _, two, _ = redraft("show", "pdr", "--set", "widths=16,8,4")
    assert one != two


def test_a_drawing_goes_to_a_file(redraft, here: Path):
    status, out, _ = redraft("show", "critique", "--format", "svg", "--output", "critique.svg")
    assert (status, out) == (0, "")
    assert ElementTree.parse(here / "critique.svg").getroot().tag.endswith("svg")
    status, _, err = redraft("show", "critique", "--output", "no/such/folder.svg")
    assert status == 2
    assert "cannot write no/such/folder.svg" in err


@pytest.mark.parametrize("place", ["own_graphs.py:builder", "own_graphs.py:compiled"])
def test_a_graph_of_ones_own(redraft, here: Path, place: str):
    (here / "own_graphs.py").write_text(OWN)
    status, out, err = redraft("show", place)
    assert status == 0, err
    assert "think" in out


def test_a_function_of_ones_own_has_knobs(redraft, here: Path):
    (here / "own_graphs.py").write_text(OWN)
    assert redraft("show", "own_graphs.py:made", "--set", "rounds=3")[0] == 0
    status, _, err = redraft("show", "own_graphs.py:made", "--set", "round=3")
    assert status == 2
    assert "did you mean 'rounds'?" in err


def test_the_list_names_every_recipe_and_knob(redraft):
    status, out, _ = redraft("recipes")
    assert status == 0
    for recipe in RECIPES.values():
        assert recipe.summary in out
        for knob in recipe.knobs.model_fields:
            assert f"{knob}=" in out
    assert "widths=8" in out
    assert "Annotated" not in out
    assert "typing" not in out


def test_a_plug_in_adds_a_recipe(redraft, here: Path, monkeypatch):
    (here / "plug_in_graphs.py").write_text(OWN)
    info = here / "plug_in-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[redraft.recipes]\nplugged = plug_in_graphs:made\n")
    monkeypatch.syspath_prepend(str(here))
    assert "plugged" in redraft("recipes")[1]
    assert redraft("show", "plugged", "--set", "rounds=4")[0] == 0
