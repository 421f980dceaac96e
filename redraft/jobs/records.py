"""The file of records: one JSON line a problem, appended as each finishes.

Each record is one write, so a kill tears at most the last line, and opening the file again cuts
that off. Nothing is synced until the end: a power cut may lose the last seconds' records, whose
problems are then replayed from the journal.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TypeVar

from pydantic import ValidationError

from redraft.core import Record, StoreError, Value

RUN_BUDGET = "run_"
"""What the names of the run's own budgets begin with."""

_BLOCK = 1 << 16

V = TypeVar("V", bound=Value)


class RecordFile:
    """`records.jsonl` or another file of values, open for appending; a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise _cannot("write", path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, record: Value) -> None:
        """Write one line; raises `StoreError` when it does not fit on the disk."""
        line = record.model_dump_json().encode() + b"\n"
        try:
            written = self._file.write(line)
        except OSError as error:
            raise _cannot("write", self.path, error) from error
        if written != len(line):
            raise _cannot("write", self.path, OSError("the disk is full"))

    def sync(self) -> None:
        """Wait until all lines are on the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _cannot("write", self.path, error) from error


def heal(path: Path) -> None:
    """Cut off a last line that was not written to its end."""
    try:
        with path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            keep = _last_newline(file.fileno(), end) + 1
            if keep < end:
                file.truncate(keep)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot("repair", path, error) from error


def _last_newline(descriptor: int, end: int) -> int:
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found
        end = start
    return -1


def read_records(path: Path) -> Iterator[Record]:
    """The records in `path`, one at a time; none if there is no such file.

    Raises `StoreError` naming the first line that is no record.
    """
    return read_values(path, Record, "its problem is taken from the journal again")


def read_values(path: Path, kind: type[V], then: str) -> Iterator[V]:
    """The values of one `kind` in `path`, a line each; none if there is no such file.

    Raises `StoreError` naming the first line that is none; `then` says what comes of removing it.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield _parse(path, number, line, kind, then)
    except FileNotFoundError:
        return


def _parse(path: Path, number: int, line: bytes, kind: type[V], then: str) -> V:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise StoreError(
            f"{path}: line {number}: not a {kind.__name__.lower()} ({reason}); remove that line, "
            f"and {then}"
        ) from None


def is_open(record: Record) -> bool:
    """Whether another start may do better: it failed, or the run's budget cut it short."""
    return record.stopped_by == "failed" or record.stopped_by.startswith(RUN_BUDGET)


def rewrite(path: Path, records: Iterator[Record]) -> None:
    """Replace `path` by `records`, all or nothing; they may be read from `path` itself."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with RecordFile(fresh) as file:
        for record in records:
            file.append(record)
        file.sync()
    fresh.replace(path)


def _cannot(what: str, path: Path, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    return StoreError(
        f"{path}: cannot {what} ({reason.lower()}); free space or fix permissions, then start the "
        "same command again: nothing finished is lost"
    )
