"""How a server is run: what it offers, to whom, and how much; `[serve]` of `redraft.toml`."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from redraft.core import DEFAULT_ROLE, Budget, InputError, Value
from redraft.graphs import RECIPES
from redraft.models import Table, check_keys, nearest, read_toml, table_at, value_of
from redraft.server.keys import Key
from redraft.server.offers import Offer

_TABLES = ("models", "keys", "limits", "log")
# Front-ends change or drop parameters for names that look like these.
_TAKEN = re.compile(r"(o\d|gpt-)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")


class ServeLimits(Value):
    """`active` runs go on at one time and `queue` more wait; one key has at most `key_active` and
    `key_queue` of them. `body` bounds a request in bytes, `messages` a conversation.
    """

    active: int = Field(default=64, gt=0)
    queue: int = Field(default=256, ge=0)
    key_active: int | None = Field(default=None, gt=0)
    key_queue: int | None = Field(default=None, ge=0)
    body: int = Field(default=8_000_000, gt=0)
    messages: int = Field(default=1000, gt=0)


class ServeLog(Value):
    """Where the line of each request goes (standard output without `file`), and what is in it."""

    file: str | None = Field(default=None, min_length=1)
    prompts: bool = False


class Serving(Value):
    """How a server is run.

    `recipes` says which of Redraft's own are offered, all that answer where it is `None`; `offers`
    come beside them. Without `keys` everybody may ask; `open` says that this is meant, beyond this
    machine too. `origins` are the web pages that may ask from a browser. `grace` is how long
    answers may take, in seconds, once the server is told to stop. With a `host` of this machine and
    neither `keys` nor `open`, only requests that name this machine as their host are answered. With
    `tasks`, prompts that a front-end sends on its own go to a plain model. `threads` is the file
    (or the URL of the Postgres database) of the conversations that are kept, for `thread_days`
    after the last word.
    """

    offers: tuple[Offer, ...] = ()
    recipes: tuple[str, ...] | None = None
    keys: tuple[Key, ...] = ()
    limits: ServeLimits = ServeLimits()
    log: ServeLog = ServeLog()
    origins: tuple[str, ...] = ()
    grace: float = Field(default=30.0, ge=0)
    host: str | None = Field(default=None, min_length=1)
    port: int | None = Field(default=None, ge=0, le=65535)
    open: bool = False
    tasks: bool = True
    threads: str | None = Field(default=None, min_length=1, repr=False)
    thread_days: float = Field(default=30.0, gt=0)


class _OfferTable(Value):
    recipe: str | None = None
    role: str | None = None
    set: dict[str, object] = {}
    budget: Budget = Budget()
    description: str = ""


def load_serving(path: Path, roles: Collection[str], *, handbook: bool, threads: bool) -> Serving:
    """`[serve]` of the file at `path`; all its defaults where there is none.

    `roles` are those that have a model of their own, `handbook` says whether there is one to read,
    `threads` whether conversations are kept although the file does not say so. Raises `InputError`
    with the file and the key of the first mistake.
    """
    table = table_at(read_toml(path), "serve", f"{path}: ")
    place = f"{path}: serve."
    check_keys(table, {*Serving.model_fields, *_TABLES} - {"offers"}, place)
    offers = [
        _offer(name, one, f"{place}models.{name}", roles)
        for name, one in table_at(table, "models", place).items()
    ]
    keys = [
        value_of(Key, {**_inner(one, f"{place}keys.{name}"), "name": name}, f"{place}keys.{name}")
        for name, one in table_at(table, "keys", place).items()
    ]
    rest = {key: value for key, value in table.items() if key not in _TABLES}
    serving = value_of(Serving, rest, place[:-1])
    _check_lists(serving, place)
    named = [(f"{place}recipes", name) for name in serving.recipes or ()]
    named += [(f"{place}models.{one.name}", one.recipe) for one in offers if one.recipe]
    _check_needs(named, handbook=handbook, threads=threads or serving.threads is not None)
    own = {
        "offers": tuple(offers),
        "keys": tuple(keys),
        "limits": value_of(ServeLimits, table.get("limits", {}), f"{place}limits"),
        "log": value_of(ServeLog, table.get("log", {}), f"{place}log"),
    }
    return serving.model_copy(update=own)


def _offer(name: str, table: object, place: str, roles: Collection[str]) -> Offer:
    _check_name(name, place)
    given = value_of(_OfferTable, _inner(table, place), place)
    if (given.recipe is None) == (given.role is None):
        raise InputError(f'{place}: give either recipe = "NAME" or role = "ROLE"')
    if given.recipe is None:
        role = given.role or DEFAULT_ROLE
        if role not in roles:
            raise InputError(f"{place}.role: no model speaks as {role!r}{nearest(role, roles)}")
        if given.set or given.budget != Budget():
            raise InputError(f"{place}: set and budget go with a recipe; {role!r} is a plain model")
        return Offer(name=name, description=given.description or f"the model as {role}", role=role)
    if given.recipe not in RECIPES:
        raise InputError(
            f"{place}.recipe: no recipe {given.recipe!r}{nearest(given.recipe, RECIPES)}"
        )
    recipe = RECIPES[given.recipe]
    try:
        recipe.parse(given.set)
    except InputError as error:
        raise InputError(f"{place}.set: {error}") from None
    return Offer(
        name=name,
        description=given.description or recipe.summary,
        recipe=recipe.name,
        knobs=given.set,
        budget=given.budget,
    )


def _inner(table: object, place: str) -> Table:
    return table_at({"": table}, "", place)


def _check_name(name: str, place: str) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(f"{place}: a model's name has letters, digits and . _ : / - alone")
    if _TAKEN.match(name):
        raise InputError(
            f"{place}: front-ends treat names like o1 and gpt-5 in ways of their own; choose "
            "another"
        )


def _check_lists(serving: Serving, place: str) -> None:
    for name in serving.recipes or ():
        if name not in RECIPES:
            raise InputError(f"{place}recipes: no recipe {name!r}{nearest(name, RECIPES)}")
    for origin in serving.origins:
        parts = urlsplit(origin)
        if origin != "*" and (not parts.scheme or f"{parts.scheme}://{parts.netloc}" != origin):
            raise InputError(
                f"{place}origins: {origin!r} is no origin; write it like http://localhost:3000"
            )


def _check_needs(named: Iterable[tuple[str, str]], *, handbook: bool, threads: bool) -> None:
    """`named` gives recipes with the places where they stand."""
    for place, name in named:
        if RECIPES[name].memory and not handbook:
            raise InputError(f"{place}: recipe {name!r} reads a handbook: add --handbook PATH")
        if RECIPES[name].thread and not threads:
            raise InputError(
                f"{place}: recipe {name!r} waits for a person in a thread, and none are kept: add "
                '--threads FILE, or threads = "FILE" to [serve]'
            )
