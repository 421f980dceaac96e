"""How agents work together: recipes that return LangGraph state graphs, and how they are run."""

from redraft.graphs.board import STATE_VALUES
from redraft.graphs.draw import draw
from redraft.graphs.gates import Gate, admit, is_right, passes
from redraft.graphs.handbook_store import HandbookStore
from redraft.graphs.node import node, settle
from redraft.graphs.recall import first_drafts
from redraft.graphs.recipe import Compiled, Recipe, recipe
from redraft.graphs.recipes import RECIPES
from redraft.graphs.recipes.explain import MOST_WRONG
from redraft.graphs.run import Outcome, run
from redraft.graphs.shape import check_shape
from redraft.graphs.state import State
from redraft.graphs.vote import agreement, vote

__all__ = [
    "MOST_WRONG",
    "RECIPES",
    "STATE_VALUES",
    "Compiled",
    "Gate",
    "HandbookStore",
    "Outcome",
    "Recipe",
    "State",
    "admit",
    "agreement",
    "check_shape",
    "draw",
    "first_drafts",
    "is_right",
    "node",
    "passes",
    "recipe",
    "run",
    "settle",
    "vote",
]
