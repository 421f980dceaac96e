"""Streams the problems of a file, one at a time and never twice under one id.

A bad entry stops the stream with one line that says where and what, or is skipped and counted.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Literal

from redraft.core import InputError, Kind, Problem
from redraft.jobs.fields import Fields, check_fields, to_problem
from redraft.jobs.rows import Row, sniff
from redraft.jobs.seen import Seen

OnError = Literal["stop", "skip"]
STDIN = "-"
MOST_LISTED = 5


@dataclass(slots=True)
class Skipped:
    """Entries left out: how many, and what was wrong with the first few."""

    count: int = 0
    first: list[str] = field(default_factory=list[str])

    def add(self, error: InputError) -> None:
        """Count one more."""
        self.count += 1
        if len(self.first) < MOST_LISTED:
            self.first.append(str(error))


class ProblemStream(Iterator[Problem]):
    """The problems of one file; `skipped` grows while they are taken."""

    def __init__(self, problems: Iterator[Problem], skipped: Skipped) -> None:
        self._problems = problems
        self.skipped = skipped

    def __next__(self) -> Problem:
        return next(self._problems)


def read_problems(
    source: str | Path,
    *,
    fields: Mapping[str, str] | None = None,
    kind: Kind | None = None,
    on_error: OnError = "stop",
    limit: int | None = None,
) -> ProblemStream:
    """The problems in `source`: JSONL, a JSON array, CSV, Parquet or an OpenAI batch file.

    `"-"` is standard input (JSONL). `fields` maps `question`, `answer`, `options` and `id` to the
    file's own names. The stream raises `InputError` when the file cannot be read or holds no
    problem and, unless `on_error` is `"skip"`, at the first bad entry.
    """
    check_fields(fields or {})
    skipped = Skipped()
    problems = _problems(str(source), fields or {}, kind, skipped if on_error == "skip" else None)
    return ProblemStream(islice(problems, limit), skipped)


def _problems(
    name: str, fields: Fields, kind: Kind | None, skipped: Skipped | None
) -> Iterator[Problem]:
    seen, found = Seen(), False
    with _open(name) as file:
        try:
            form = sniff(name, file)
            for row in form.read(file):
                try:
                    yield _problem(row, form.unit, fields, kind, seen)
                    found = True
                except InputError as error:
                    if skipped is None:
                        raise
                    skipped.add(InputError(f"{name}: {error}"))
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
    if not found:
        first = f"; the first entry: {skipped.first[0]}" if skipped and skipped.count else ""
        raise InputError(f"{name}: no problem in it{first}")


def _problem(row: Row, unit: str, fields: Fields, kind: Kind | None, seen: Seen) -> Problem:
    place = f"{unit} {row.number}"
    if row.trouble:
        raise InputError(f"{place}: {row.trouble}")
    try:
        problem = to_problem(row.fields, row.number, fields, kind)
        before = _first(problem, seen)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    except UnicodeEncodeError:
        raise InputError(f"{place}: holds half a character (a lone surrogate)") from None
    if before is not None:
        raise InputError(f"{place}: id {problem.id!r:.60} was used before, in {unit} {before}")
    seen.add(problem.id, row.number)
    return problem


def _first(problem: Problem, seen: Seen) -> int | None:
    """Where the problem's id was used before; hashing fails for text that cannot be written."""
    _ = problem.key
    return seen.get(problem.id)


def _open(name: str) -> BufferedReader:
    if name == STDIN:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return open(name, "rb")
    except IsADirectoryError:
        raise InputError(f"{name}: is a folder, expected a file of problems") from None
    except OSError as error:
        raise InputError(f"{name}: {(error.strerror or str(error)).lower()}") from None
