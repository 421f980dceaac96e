"""A handbook as a file that a person reads, edits and reviews: Markdown or JSONL, by its ending.

Provenance and evidence stay in the handbook; a file holds what a behavior says and is.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from redraft.core import InputError
from redraft.memory.entry import Entry, Status

_FIELDS = ("name", "instruction", "topic", "status")
_HEADING = re.compile(r"## +(\S+) *")
_PROPERTY = re.compile(r"- (topic|status): *(.*?) *")
_TITLE = "# Behaviors"


def write_file(entries: Sequence[Entry], path: Path) -> None:
    """Write `entries` to `path`; raises `InputError` for another ending or a bad path."""
    text = _as_markdown(entries) if _is_markdown(path) else _as_jsonl(entries)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({_reason(error)})") from None


def read_file(path: Path) -> list[Entry]:
    """The behaviors in a file that was written by `write_file` or by hand.

    Raises `InputError` that names file and line. A name may stand there once.
    """
    markdown = _is_markdown(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({_reason(error)})") from None
    rows = _markdown_rows(path, lines) if markdown else _jsonl_rows(path, lines)
    found: dict[str, Entry] = {}
    for number, row in rows:
        entry = _entry(path, number, row)
        if entry.name in found:
            raise InputError(f"{path}:{number}: {entry.name} stands here twice")
        found[entry.name] = entry
    return list(found.values())


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


def _jsonl_rows(path: Path, lines: Sequence[str]) -> Iterable[tuple[int, dict[str, object]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}:{number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: give an object with {', '.join(_FIELDS)}")
        yield number, row


def _markdown_rows(path: Path, lines: Sequence[str]) -> Iterable[tuple[int, dict[str, object]]]:
    row: dict[str, object] = {}
    began, said = 0, list[str]()
    for number, line in enumerate([*lines, "## end"], start=1):
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
    unknown = [name for name in row if name not in _FIELDS]
    if unknown:
        raise InputError(
            f"{path}:{number}: unknown field {unknown[0]!r} (known: {', '.join(_FIELDS)})"
        )
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
