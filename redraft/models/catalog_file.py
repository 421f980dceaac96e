"""Reads `redraft.toml`; every mistake in it is one line that names the file and the key."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import Field

from redraft.core import DEFAULT_ROLE, EMBEDDER_ROLE, InputError, Sampling, Value
from redraft.models.catalog import (
    ROLES,
    Catalog,
    EmbedderSpec,
    EndpointSpec,
    Limits,
    LocalEmbedderSpec,
    VLLMSpec,
)
from redraft.models.tables import Table, check_keys, nearest, read_toml, table_at, value_of

_WAYS: Mapping[str, type[EmbedderSpec]] = {
    "endpoint": EndpointSpec,
    "vllm": VLLMSpec,
    "sentence_transformers": LocalEmbedderSpec,
}


class _RoleSampling(Value):
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, gt=0)
    thinking_tokens: int | None = Field(default=None, ge=0)


def load_catalog(path: Path) -> Catalog:
    """The catalog in the file at `path`.

    Raises `InputError`: for what is not TOML with the line, for all else with the key and the
    nearest name that is known. Your own agents may have roles of their own; only a name that
    looks like a slip for one of ours is refused.
    """
    table = read_toml(path)
    # What a server offers is read where the recipes are known.
    check_keys(table, ("models", "roles", "limits", "sampling", "serve"), f"{path}: ")
    models = {
        name: parse_spec(spec, f"{path}: models.{name}")
        for name, spec in table_at(table, "models", f"{path}: ").items()
    }
    if not models:
        raise InputError(f"{path}: no model; add [models.NAME] with an endpoint or a vllm model")
    sampling = table_at(table, "sampling", f"{path}: ")
    _check_roles(sampling, "sampling.", path)
    given = {
        "models": models,
        "roles": _roles(table_at(table, "roles", f"{path}: "), models, path),
        "limits": value_of(Limits, table.get("limits", {}), f"{path}: limits"),
        "sampling": {
            role: Sampling(**value_of(_RoleSampling, one, f"{path}: sampling.{role}").model_dump())
            for role, one in sampling.items()
        },
    }
    return value_of(Catalog, given, str(path))


def parse_spec(table: object, place: str) -> EmbedderSpec:
    """How one model is reached; `place` opens the message of an `InputError`."""
    given: Table = cast(Table, table) if isinstance(table, Mapping) else {}
    ways = [kind for way, kind in _WAYS.items() if way in given]
    if len(ways) != 1:
        raise InputError(
            f'{place}: give either endpoint = "URL" with model = "NAME", or vllm = "MODEL", or, '
            'for the embedder alone, sentence_transformers = "MODEL"'
        )
    return value_of(ways[0], given, place)


def _roles(given: Table, models: Mapping[str, EmbedderSpec], path: Path) -> dict[str, str]:
    _check_roles(given, "roles.", path)
    for role, name in given.items():
        if name not in models:
            raise InputError(f"{path}: roles.{role}: no model {name!r}{nearest(name, models)}")
    found = {role: str(name) for role, name in given.items()}
    asked = [name for name in models if name != found.get(EMBEDDER_ROLE)] or [*models]
    only = asked[0] if len(asked) == 1 else DEFAULT_ROLE
    if DEFAULT_ROLE not in found and only not in models:
        raise InputError(f"{path}: roles.default: say which of the models serves the other roles")
    return {DEFAULT_ROLE: only, **found}


def _check_roles(table: Table, prefix: str, path: Path) -> None:
    for role in table:
        if role not in ROLES and difflib.get_close_matches(role, ROLES, 1, 0.8):
            raise InputError(f"{path}: {prefix}{role}: not known{nearest(role, ROLES)}")
