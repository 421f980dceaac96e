"""Tables of `redraft.toml`: every mistake in one is a line that names the file and the key."""

import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeVar, cast

from pydantic import ValidationError

from redraft.core import InputError, Value

V = TypeVar("V", bound=Value)
Table = Mapping[str, object]


def read_toml(path: Path) -> Table:
    """The file at `path`; raises `InputError` where there is none or it is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        raise InputError(f"{path}: not TOML: {error}") from None


def table_at(table: Table, key: str, place: str) -> Table:
    """The table under `key`, empty where there is none; `place` opens the message of an error."""
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise InputError(f"{place}{key}: must be a table")
    return cast(Table, value)


def check_keys(table: Table, known: Collection[str], place: str) -> None:
    """Raise `InputError` for a key that is not `known`, with the nearest one."""
    for key in table:
        if key not in known:
            raise InputError(f"{place}{key}: not known{nearest(key, known)}")


def value_of(kind: type[V], table: object, place: str) -> V:
    """The value that `table` describes; `place` opens the message of an `InputError`."""
    try:
        return kind.model_validate(table)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join((place, *(str(part) for part in first["loc"])))
        if first["type"] == "extra_forbidden":
            near = nearest(first["loc"][0], kind.model_fields) if len(first["loc"]) == 1 else ""
            raise InputError(f"{key}: not known{near}") from None
        raise InputError(f"{key}: {first['msg']}") from None


def nearest(name: object, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest one, and all that there are."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, 1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"{hint}; known: {', '.join(names)}"
