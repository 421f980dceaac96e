"""The recipes that ship with Redraft, one file each."""

from redraft.graphs.recipe import Recipe
from redraft.graphs.recipes.behaviors import behaviors
from redraft.graphs.recipes.critique import critique
from redraft.graphs.recipes.explain import explain
from redraft.graphs.recipes.hint import hint
from redraft.graphs.recipes.learn import learn
from redraft.graphs.recipes.pdr import pdr
from redraft.graphs.recipes.review import review
from redraft.graphs.recipes.self_improve import self_improve
from redraft.graphs.recipes.self_rethink import self_rethink
from redraft.graphs.recipes.sequential import sequential
from redraft.graphs.recipes.single import single
from redraft.graphs.recipes.skill_on_demand import skill_on_demand
from redraft.graphs.recipes.vote import vote
from redraft.graphs.recipes.xolver import xolver

RECIPES: dict[str, Recipe] = {
    made.name: made
    for made in (
        single,
        vote,
        sequential,
        pdr,
        critique,
        hint,
        behaviors,
        self_improve,
        skill_on_demand,
        self_rethink,
        xolver,
        review,
        learn,
        explain,
    )
}

__all__ = ["RECIPES"]
