"""Reads `redraft.toml`; every mistake in it is one line that names the file and the key."""

import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeVar, cast

from pydantic import Field, ValidationError

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

V = TypeVar("V", bound=Value)
Table = Mapping[str, object]

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
    table = _read(path)
    _check(table, ("models", "roles", "limits", "sampling"), "", path)
    models = {
        name: parse_spec(spec, f"{path}: models.{name}")
        for name, spec in _table(table, "models", path).items()
    }
    if not models:
        raise InputError(f"{path}: no model; add [models.NAME] with an endpoint or a vllm model")
    sampling = _table(table, "sampling", path)
    _check_roles(sampling, "sampling.", path)
    given = {
        "models": models,
        "roles": _roles(_table(table, "roles", path), models, path),
        "limits": _build(Limits, table.get("limits", {}), f"{path}: limits"),
        "sampling": {
            role: Sampling(**_build(_RoleSampling, one, f"{path}: sampling.{role}").model_dump())
            for role, one in sampling.items()
        },
    }
    return _build(Catalog, given, str(path))


def parse_spec(table: object, place: str) -> EmbedderSpec:
    """How one model is reached; `place` opens the message of an `InputError`."""
    given: Table = cast(Table, table) if isinstance(table, Mapping) else {}
    ways = [kind for way, kind in _WAYS.items() if way in given]
    if len(ways) != 1:
        raise InputError(
            f'{place}: give either endpoint = "URL" with model = "NAME", or vllm = "MODEL", or, '
            'for the embedder alone, sentence_transformers = "MODEL"'
        )
    return _build(ways[0], given, place)


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        raise InputError(f"{path}: not TOML: {error}") from None


def _roles(given: Table, models: Mapping[str, EmbedderSpec], path: Path) -> dict[str, str]:
    _check_roles(given, "roles.", path)
    for role, name in given.items():
        if name not in models:
            raise InputError(f"{path}: roles.{role}: no model {name!r}{_nearest(name, models)}")
    found = {role: str(name) for role, name in given.items()}
    asked = [name for name in models if name != found.get(EMBEDDER_ROLE)] or [*models]
    only = asked[0] if len(asked) == 1 else DEFAULT_ROLE
    if DEFAULT_ROLE not in found and only not in models:
        raise InputError(f"{path}: roles.default: say which of the models serves the other roles")
    return {DEFAULT_ROLE: only, **found}


def _table(table: Table, key: str, path: Path) -> Table:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise InputError(f"{path}: {key}: must be a table")
    return cast(Table, value)


def _check(table: Table, known: Collection[str], prefix: str, path: Path) -> None:
    for key in table:
        if key not in known:
            raise InputError(f"{path}: {prefix}{key}: not known{_nearest(key, known)}")


def _check_roles(table: Table, prefix: str, path: Path) -> None:
    for role in table:
        if role not in ROLES and difflib.get_close_matches(role, ROLES, 1, 0.8):
            raise InputError(f"{path}: {prefix}{role}: not known{_nearest(role, ROLES)}")


def _build(kind: type[V], table: object, place: str) -> V:
    try:
        return kind.model_validate(table)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join((place, *(str(part) for part in first["loc"])))
        if first["type"] == "extra_forbidden":
            near = _nearest(first["loc"][0], kind.model_fields)
            raise InputError(f"{key}: not known{near}") from None
        raise InputError(f"{key}: {first['msg']}") from None


def _nearest(name: object, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, 1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"{hint}; known: {', '.join(names)}"
