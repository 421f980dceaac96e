"""A recipe: a function that returns a LangGraph `StateGraph`, with its parameters as knobs.

The knobs' names, types, defaults and bounds are read from the function's signature, so that the
command line, a config file and Python all speak of the same thing.
"""

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args, get_origin, get_type_hints

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from redraft.core import Context, GraphError, InputError
from redraft.graphs.shape import check_shape

Graph = StateGraph[Any, Context, Any, Any]
Compiled = CompiledStateGraph[Any, Context, Any, Any]


@dataclass(frozen=True)
class Recipe:
    """A named way for agents to work together.

    `memory` says that it cannot go without one, `thread` that it waits for a person's next message
    and so needs a checkpointer to wait in. `study` says that what it is run for is what solutions
    teach: to whoever only asks, it answers no better than a vote.
    """

    name: str
    function: Callable[..., Graph]
    memory: bool = False
    thread: bool = False
    study: bool = False

    def __call__(self, **knobs: object) -> Graph:
        """The graph for these knobs, checked; raises `InputError` for a wrong knob."""
        return self.graph(self.parse(knobs))

    @cached_property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @cached_property
    def knobs(self) -> type[BaseModel]:
        """The parameters as a pydantic model, defaults included."""
        hints = get_type_hints(self.function, include_extras=True)
        fields: dict[str, Any] = {
            name: (hints[name], parameter.default)
            for name, parameter in inspect.signature(self.function).parameters.items()
        }
        return create_model(
            f"{self.name}_knobs", __config__=ConfigDict(extra="forbid", frozen=True), **fields
        )

    def parse(self, settings: Mapping[str, object]) -> BaseModel:
        """Knobs from Python values or from the command line's strings.

        Raises `InputError` that names the knob, what is wrong, and the nearest name there is.
        """
        known = self.knobs.model_fields
        for name in settings:
            if name not in known:
                raise InputError(self._unknown(name, list(known)))
        values = {name: _read(known[name].annotation, value) for name, value in settings.items()}
        try:
            return self.knobs.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "knobs"
            message = f"{first['msg']}, not {first['input']!r:.60}"
            raise InputError(f"recipe {self.name}: knob {place}: {message}") from None

    def graph(self, knobs: BaseModel) -> Graph:
        """The graph for parsed knobs, not yet compiled."""
        graph = self.function(**{name: getattr(knobs, name) for name in type(knobs).model_fields})
        check_shape(graph, self.name)
        return graph

    def build(
        self, knobs: BaseModel, checkpointer: BaseCheckpointSaver[Any] | None = None
    ) -> Compiled:
        """The compiled graph for parsed knobs; with a checkpointer its runs can be threads."""
        return self.graph(knobs).compile(checkpointer, name=self.name)

    def _unknown(self, name: str, known: list[str]) -> str:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return (
            f"recipe {self.name} has no knob {name!r}{hint} (it has: {', '.join(known) or 'none'})"
        )


def recipe(
    function: Callable[..., Graph],
    *,
    memory: bool = False,
    thread: bool = False,
    study: bool = False,
) -> Recipe:
    """Make a recipe of a function that returns a `StateGraph`. Nothing is registered.

    With `memory`, a run without a handbook is refused before it begins; with `thread`, one without
    a checkpointer. With `study`, a server offers it only where it is named.
    """
    name = getattr(function, "__name__", "recipe")
    unset = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
    ]
    if unset:
        raise GraphError(f"recipe {name}: give every knob a default ({unset[0]!r} has none)")
    return Recipe(name, function, memory, thread, study)


def _read(annotation: Any, value: object) -> object:
    """The command line's text for a list or for nothing; other text is pydantic's business."""
    if not isinstance(value, str):
        return value
    kinds = {get_origin(annotation), *(get_origin(part) for part in get_args(annotation))}
    if kinds & {list, tuple}:
        return [part.strip() for part in value.strip("[]() ").split(",") if part.strip()]
    if value.lower() == "none" and type(None) in get_args(annotation):
        return None
    return value
