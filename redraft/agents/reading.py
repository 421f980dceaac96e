"""Finds JSON in what a model wrote: bare, fenced, after a preamble, or cut off at its end.

The text is hostile: nothing is evaluated, and only a bounded number of places is tried.
"""

import json
from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from redraft.core import OutputError

M = TypeVar("M", bound=BaseModel)

MOST_CHARACTERS = 200_000
MOST_PLACES = 32
_DECODER = json.JSONDecoder()


def read_json(text: str, shape: type[M]) -> M:
    """The first object in `text` that fits `shape`; a cut-off object counts as far as it goes.

    Raises `OutputError` that says how the first object missed the shape.
    """
    reason = ""
    for candidate in _objects(text[-MOST_CHARACTERS:]):
        try:
            return shape.model_validate(candidate)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the object"
            reason = reason or f"{place}: {first['msg']}"
    raise OutputError(reason or "there is no JSON object in it")


def _objects(text: str) -> Iterator[object]:
    start = text.find("{")
    first = start
    for _ in range(MOST_PLACES):
        if start < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield value
        start = text.find("{", end)
    if first >= 0:
        yield from _cut_off(text[first:])


def _cut_off(text: str) -> Iterator[object]:
    try:
        yield from_json(text, allow_partial=True)
    except ValueError:
        return
