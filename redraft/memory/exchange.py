"""A handbook as a file that a person reads, edits and reviews: Markdown or JSONL, by its ending.

Provenance and evidence stay in the handbook; a file holds what a behavior says and is.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast, get_args

from pydantic import ValidationError

from redraft.core import InputError
from redraft.memory.entry import Entry, Status

_FIELDS = ("name", "instruction", "topic", "status")
_HEADING = re.compile(r"## +(\S+) *")
_PROPERTY = re.compile(r"- (topic|status): *(.*?) *")
_TITLE = "# Behaviors"


def write_file(entries: Sequence[Entry], path: Path) -> None:
    """Write `entries` to `path`; raises `InputError` for another ending or a bad path."""
    write_text(path, _as_markdown(entries) if _is_markdown(path) else _as_jsonl(entries))


def read_file(path: Path) -> list[Entry]:
    """The behaviors in a file that was written by `write_file` or by hand.

    Raises `InputError` that names file and line. A name may stand there once.
    """
    rows = _markdown_rows(path) if _is_markdown(path) else jsonl_rows(path, _FIELDS)
    found: dict[str, Entry] = {}
    for number, row in rows:
        entry = _entry(path, number, row)
        if entry.name in found:
            raise InputError(f"{path}:{number}: {entry.name} stands here twice")
        found[entry.name] = entry
    return list(found.values())


def write_text(path: Path, text: str) -> None:
    """Write a file; raises `InputError` naming it."""
    try:
        path.write_text(text, encoding="utf-8")
    except (OSError, UnicodeEncodeError) as error:
        raise InputError(f"{path}: cannot be written ({_reason(error)})") from None


def _lines(path: Path) -> list[str]:
    # Not splitlines(): JSON may hold the other characters at which it breaks lines.
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({_reason(error)})") from None


def _is_markdown(path: Path) -> bool:
    if path.suffix not in (".md", ".jsonl"):
        raise InputError(f"{path}: give a file that ends in .md or .jsonl")
    return path.suffix == ".md"


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _as_jsonl(entries: Iterable[Entry]) -> str:
    rows = (entry.model_dump(mode="json", include=set(_FIELDS)) for entry in entries)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _as_markdown(entries: Iterable[Entry]) -> str:
    parts = [_TITLE]
    for entry in entries:
        topic = f"- topic: {entry.topic}\n" if entry.topic else ""
        parts.append(f"## {entry.name}\n\n{topic}- status: {entry.status}\n\n{entry.instruction}")
    return "\n\n".join(parts) + "\n"


def jsonl_rows(path: Path, fields: Sequence[str]) -> Iterable[tuple[int, dict[str, object]]]:
    """The objects in a JSONL file with the numbers of their lines, from 1.

    Raises `InputError` naming file and line where a line holds none, or a field not in `fields`.
    """
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: give an object with {', '.join(fields)}")
        found = cast(dict[str, object], row)
        unknown = [name for name in found if name not in fields]
        if unknown:
            known = ", ".join(fields)
            raise InputError(f"{path}:{number}: unknown field {unknown[0]!r} (known: {known})")
        yield number, found


def _markdown_rows(path: Path) -> Iterable[tuple[int, dict[str, object]]]:
    row: dict[str, object] = {}
    began, said = 0, list[str]()
    for number, line in enumerate([*_lines(path), "## end"], start=1):
        heading, written = _HEADING.fullmatch(line), _PROPERTY.fullmatch(line)
        if heading:
            if began:
                row["instruction"] = " ".join(said)
                yield began, row
            row, began, said = {}, number, []
            row["name"] = heading[1]
        elif written and began and not said:
            row[written[1]] = written[2]
        elif line.strip() and line != _TITLE:
            if not began:
                raise InputError(f"{path}:{number}: text before the first '## behavior_name'")
            said.append(line.strip())


def _entry(path: Path, number: int, row: dict[str, object]) -> Entry:
    if row.get("status", "active") not in get_args(Status):
        raise InputError(
            f"{path}:{number}: status {row['status']!r} is none of {', '.join(get_args(Status))}"
        )
    if not row.get("instruction"):
        raise InputError(f"{path}:{number}: no instruction")
    try:
        return Entry.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(f"{path}:{number}: {first['loc'][0]}: {first['msg']}") from None
