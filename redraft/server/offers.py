"""What a client can ask for by the name of a model: a recipe with its knobs, or a plain model."""

import difflib
from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel

from redraft.core import Budget, Value
from redraft.graphs import RECIPES, Recipe
from redraft.server.errors import ApiError


class Offer(Value):
    """A name under `/v1/models`.

    With `recipe`, a graph with `knobs` under `budget`; without, the model that speaks as `role`.
    """

    name: str
    description: str
    recipe: str | None = None
    knobs: dict[str, object] = {}
    budget: Budget = Budget()
    role: str = "default"

    def parsed(self, knobs: Mapping[str, object]) -> tuple[Recipe, BaseModel]:
        """The recipe and its knobs, with `knobs` over the offer's own; raises `InputError`."""
        recipe = RECIPES[self.recipe or ""]
        return recipe, recipe.parse({**self.knobs, **knobs})


def default_offers(
    models: Mapping[str, str],
    *,
    memory: bool,
    threads: bool,
    recipes: Collection[str] | None = None,
) -> list[Offer]:
    """The recipes that ship, and the models, given by role with their names.

    `recipes` names those that are wanted; without it, all but those that study solutions rather
    than answer. One that cannot go without a memory or a thread is offered where there are some.
    """
    plain = {models[role]: role for role in reversed(list(models))}
    wanted = [
        one
        for one in RECIPES.values()
        if (one.name in recipes if recipes is not None else not one.study)
        and (memory or not one.memory)
        and (threads or not one.thread)
    ]
    return [
        *(Offer(name=one.name, description=one.summary, recipe=one.name) for one in wanted),
        *(
            Offer(name=name, description=f"{name} as it is, without a graph", role=role)
            for name, role in plain.items()
        ),
    ]


def find(offers: Sequence[Offer], name: str) -> Offer:
    """The offer called `name`; raises a 404 with the nearest name there is."""
    by_name = {offer.name: offer for offer in offers}
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name, by_name, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(by_name)}"
    raise ApiError(404, f"no model {name!r}; {hint}", code="model_not_found", param="model")
