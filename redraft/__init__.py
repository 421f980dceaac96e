"""Redraft: language-model agents that draft, criticise, verify and redraft together.

Names are loaded when they are first used, so that `import redraft` costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redraft.agents import Agent
    from redraft.core import Budget, Context, Model, Problem, Record, RedraftError, Sampling
    from redraft.graphs import RECIPES, Recipe, State, node, recipe
    from redraft.jobs import Results, Settings, Summary, read_problems, solve
    from redraft.models import Endpoint

__all__ = [
    "RECIPES",
    "Agent",
    "Budget",
    "Context",
    "Endpoint",
    "Model",
    "Problem",
    "Recipe",
    "Record",
    "RedraftError",
    "Results",
    "Sampling",
    "Settings",
    "State",
    "Summary",
    "__version__",
    "node",
    "read_problems",
    "recipe",
    "solve",
]

_HOMES = {
    "agents": ("Agent",),
    "core": ("Budget", "Context", "Model", "Problem", "Record", "RedraftError", "Sampling"),
    "graphs": ("RECIPES", "Recipe", "State", "node", "recipe"),
    "jobs": ("Results", "Settings", "Summary", "read_problems", "solve"),
    "models": ("Endpoint",),
}

__version__: str


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("redraft")
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"redraft.{home}"), name)
    raise AttributeError(f"module 'redraft' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
