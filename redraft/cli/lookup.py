"""Finds a recipe by what the user wrote: a name of ours, a plug-in's name, or their own code.

Plug-ins come in through the entry-point group `redraft.recipes`, which is read once, here.
"""

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from redraft.core import InputError, RedraftError
from redraft.graphs import RECIPES, Recipe, recipe

T = TypeVar("T")
GROUP = "redraft.recipes"


def known_recipes() -> Mapping[str, Recipe]:
    """Our recipes and those of installed plug-ins; ours cannot be replaced."""
    found: dict[str, Recipe] = {}
    for point in entry_points(group=GROUP):
        place = f"plug-in recipe {point.name!r} ({point.value})"
        found[point.name] = _as_recipe(_guarded(point.load, place), point.name, place)
    return {**RECIPES, **found, **RECIPES}


def find_recipe(name: str) -> Recipe:
    """The recipe called `name`, or at `module:attribute`, or at `file.py:attribute`.

    Raises `InputError` that says what is wrong and what to write instead.
    """
    if name in RECIPES:
        return RECIPES[name]
    place, colon, attribute = name.rpartition(":")
    if colon:
        # A run's job is started again by this name, wherever its user stands then.
        full = f"{Path(place).absolute()}:{attribute}" if place.endswith(".py") else name
        return _as_recipe(_attribute(_module(place), attribute, name), full, name)
    known = known_recipes()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(
            f"unknown recipe {name!r}{hint} (known: {', '.join(known)}; "
            "or your own as module:attribute or file.py:attribute)"
        )
    return known[name]


def _module(place: str) -> ModuleType:
    if not place.endswith(".py"):
        if not all(part.isidentifier() for part in place.split(".")):
            raise InputError(f"{place!r} is no module; write module:attribute or file.py:attribute")
        # The user's own package is looked for where they stand, as `python -m` does.
        if "" not in sys.path and str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        return _guarded(lambda: importlib.import_module(place), f"module {place!r}")
    path = Path(place)
    if not path.is_file():
        raise InputError(f"no such file: {place}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{place}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    # Type hints are looked up by module name, so the module must be where Python looks.
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent.resolve()))
    load = spec.loader.exec_module
    _guarded(lambda: load(module), place)
    return module


def _guarded(load: Callable[[], T], place: str) -> T:
    try:
        return load()
    except RedraftError as error:
        raise InputError(f"{place}: {error}") from error
    except SyntaxError as error:
        raise InputError(f"{place}, line {error.lineno}: {error.msg}") from error
    except Exception as error:
        # A user's module may raise anything while it loads.
        reason = str(error) or "no message"
        raise InputError(f"{place} cannot be loaded: {type(error).__name__}: {reason}") from error


def _attribute(module: ModuleType, attribute: str, name: str) -> object:
    if hasattr(module, attribute):
        return getattr(module, attribute)
    public = [key for key in vars(module) if not key.startswith("_")]
    near = difflib.get_close_matches(attribute, public, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"{name}: there is no {attribute!r} in it{hint}")


def _as_recipe(thing: object, name: str, place: str) -> Recipe:
    """`thing` as a recipe called `name`, by which it is found again; `place` is for the error."""
    if isinstance(thing, Recipe):
        return replace(thing, name=name)
    if isinstance(thing, StateGraph | CompiledStateGraph):
        return _without_knobs(thing, name)
    if callable(thing) and not isinstance(thing, type):
        return replace(recipe(cast(Callable[..., Any], thing)), name=name)
    raise InputError(
        f"{place}: expected a recipe, a LangGraph StateGraph or a function that returns one, "
        f"got {type(thing).__name__}"
    )


def _without_knobs(graph: Any, name: str) -> Recipe:
    builder = getattr(graph, "builder", graph)
    return Recipe(name, lambda: builder)
