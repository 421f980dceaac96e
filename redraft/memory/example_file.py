"""Solved problems and mistakes as JSONL: a corpus from elsewhere, or a handbook's own.

A line holds `problem` (or `question`) and `solution`; `wrong`, `error`, `explanation`, `skills`
and `key` may be left out.
"""

import json
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from redraft.core import ErrorType, Example, InputError
from redraft.memory.examples import wording
from redraft.memory.exchange import jsonl_rows, write_text

_FIELDS = ("problem", "question", "solution", "wrong", "error", "explanation", "skills", "key")
_ERRORS = get_args(ErrorType)


def write_examples(examples: Sequence[Example], path: Path) -> None:
    """Write one line for each of `examples`; raises `InputError` for another ending than .jsonl."""
    _check_ending(path)
    rows = (one.model_dump(mode="json", exclude_defaults=True) for one in examples)
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def read_examples(path: Path) -> list[tuple[int, Example]]:
    """The examples in a file, each with its line's number, from 1.

    One without a `key` has the hash of its problem's words and numbers. Raises `InputError` that
    names file and line for one without a problem or a solution, an unknown field or error, or what
    is explained without a wrong attempt.
    """
    _check_ending(path)
    rows = jsonl_rows(path, _FIELDS)
    return [(number, _example(f"{path}:{number}", row)) for number, row in rows]


def holds_examples(path: Path) -> bool:
    """Whether a file that is to be imported holds examples, not behaviors, by its first line."""
    if path.suffix != ".jsonl":
        return False
    known = (*_FIELDS, "name", "instruction", "topic", "status")
    first = next(iter(jsonl_rows(path, known)), (1, {"name": ""}))[1]
    return not first.keys() & {"name", "instruction"}


def _check_ending(path: Path) -> None:
    if path.suffix != ".jsonl":
        raise InputError(f"{path}: give a file that ends in .jsonl")


def _example(place: str, row: dict[str, object]) -> Example:
    if "question" in row and "problem" in row:
        raise InputError(f"{place}: 'question' and 'problem' are two names of one field; give one")
    text = row.get("problem", row.get("question"))
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{place}: no problem: give its text in the field 'problem'")
    if not row.get("solution"):
        raise InputError(f"{place}: no solution: give its text in the field 'solution'")
    if row.get("error", "") not in ("", *_ERRORS):
        raise InputError(f"{place}: error {row['error']!r:.60} is none of {', '.join(_ERRORS)}")
    if not row.get("wrong") and (row.get("error") or row.get("explanation")):
        raise InputError(f"{place}: it explains an error; give the attempt in the field 'wrong'")
    own = {name: value for name, value in row.items() if name != "question"}
    try:
        return Example.model_validate({"key": _key(text), **own, "problem": text})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{place}: {field}: {first['msg']}") from None


def _key(text: str) -> str:
    return blake2b(wording(text).encode(errors="replace"), digest_size=16).hexdigest()
