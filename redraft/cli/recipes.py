"""`redraft recipes`: the recipes there are, and the knobs of each."""

import types
import typing
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from annotated_types import Ge, Le

from redraft.cli.lookup import known_recipes
from redraft.graphs import Recipe

_PLAIN: dict[Any, str] = {int: "number", float: "number", bool: "true or false", str: "text"}


def recipes(_: Namespace) -> int:
    """Print every recipe with its summary and its knobs."""
    for recipe in known_recipes().values():
        print(f"{recipe.name}: {recipe.summary}" if recipe.summary else recipe.name)
        for line in _knobs(recipe):
            print(f"    {line}")
        print()
    print("Set a knob with --set KNOB=VALUE; draw a recipe with 'redraft show NAME'.")
    return 0


def _knobs(recipe: Recipe) -> list[str]:
    rows = [
        (
            f"{name}={_value(field.default)}",
            _kind(field.annotation) + _bounds(field.metadata),
            field.description or "",
        )
        for name, field in recipe.knobs.model_fields.items()
    ]
    left = max((len(row[0]) for row in rows), default=0)
    return [
        f"{start:<{left}}  {kind}{f': {about}' if about else ''}" for start, kind, about in rows
    ]


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        return ",".join(str(part) for part in value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _bounds(limits: Sequence[object]) -> str:
    low = next((limit.ge for limit in limits if isinstance(limit, Ge)), None)
    high = next((limit.le for limit in limits if isinstance(limit, Le)), None)
    if low is None:
        return "" if high is None else f", at most {high}"
    return f" from {low}" + ("" if high is None else f" to {high}")


def _kind(annotation: Any) -> str:
    """A type as a person would say it, in the words of the command line."""
    arguments = typing.get_args(annotation)
    match typing.get_origin(annotation):
        case typing.Literal:
            return " | ".join(str(argument) for argument in arguments)
        case typing.Annotated:
            return _kind(arguments[0])
        case types.UnionType | typing.Union:
            return " or ".join(_kind(argument) for argument in arguments)
        case origin if origin in (tuple, list):
            return f"{_kind(arguments[0])}s, with commas"
        case _:
            return "none" if annotation is type(None) else _PLAIN.get(annotation, str(annotation))
