"""Where each record of a file begins, and what a list sorts and filters by.

A file of a million problems is read once, a slice at each page, and then only where it has grown.
"""

import os
from array import array
from contextlib import suppress
from enum import IntFlag
from io import BufferedReader
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from redraft.core import Record, StoreError

SLICE = 128 * 2**20
"""Bytes that are read for one page, so that the first page of a large run comes soon."""

M = TypeVar("M", bound=BaseModel)


class Mark(IntFlag):
    """What is said of a problem in one bit each."""

    RIGHT = 1
    WRONG = 2
    DISAGREEING = 4
    HARMED = 8
    FAILED = 16
    CUT = 32
    UNDECIDED = 64


class Line(BaseModel):
    """The part of a record that a list shows."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    answer: str | None = None
    gold: str | None = None
    correct: bool | None = None
    b_seq: int = 0
    b_total: int = 0
    calls: int = 0
    seconds: float = 0.0
    stopped_by: str = "done"
    candidates: tuple[str | None, ...] = ()
    counts: dict[str, int] = {}

    @property
    def marks(self) -> int:
        """All that holds of it, as a sum of `Mark`."""
        if self.correct is None:
            marks = 0 if self.gold is None else Mark.UNDECIDED.value
        else:
            marks = Mark.RIGHT.value if self.correct else Mark.WRONG.value
        if len({answer for answer in self.candidates if answer is not None}) > 1:
            marks |= Mark.DISAGREEING.value
        if self.counts.get("right_to_wrong", 0) > 0:
            marks |= Mark.HARMED.value
        if self.stopped_by != "done":
            marks |= (Mark.FAILED if self.stopped_by == "failed" else Mark.CUT).value
        return marks


class Columns(NamedTuple):
    """What is known of every problem, in the order of the file; `ids` may grow meanwhile."""

    ids: list[str]
    marks: NDArray[np.uint8]
    tokens: NDArray[np.int64]
    seconds: NDArray[np.float64]


class RecordIndex:
    """The records of the file at `path`: about 120 bytes of memory a problem.

    `read` of `size` bytes are known so far. `torn` says that the file ends within a line, which a
    run may be writing; `unreadable` holds the numbers of the first lines that are no records.
    Several threads may use it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._inode = -1
        self._clear()

    def _clear(self) -> None:
        self.read = self.size = self._lines = 0
        self.torn = False
        self.unreadable: list[int] = []
        self._starts, self._marks = array("q"), array("B")
        self._tokens, self._seconds = array("q"), array("d")
        self._ids: list[str] = []

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def caught_up(self) -> bool:
        """Whether all whole lines of the file are known."""
        return self.torn or self.read >= self.size

    def extend(self, most: int = SLICE) -> None:
        """Read on for about `most` bytes; begin anew if the file is another one now.

        Raises `StoreError` if it cannot be read.
        """
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    self._look_at(file)
                    file.seek(self.read)
                    self._take(file, self.read + most)
            except FileNotFoundError:
                self._clear()
            except OSError as error:
                raise self._cannot(error) from error

    def columns(self) -> Columns:
        """A copy of what is known now."""
        with self._lock:
            return Columns(
                self._ids,
                np.array(self._marks, np.uint8),
                np.array(self._tokens, np.int64),
                np.array(self._seconds, np.float64),
            )

    def lines(self, rows: list[int]) -> list[Line]:
        """What a list shows of the problems at `rows`."""
        return [self._parsed(row, Line) for row in rows]

    def record(self, row: int) -> Record:
        """All of the record at `row`; raises `StoreError` when it is not one of this version."""
        return self._parsed(row, Record)

    def _look_at(self, file: BufferedReader) -> None:
        """Forget all if the file was replaced, as a start does that tries problems again."""
        found = os.fstat(file.fileno())
        inode, size = found.st_ino, found.st_size
        if inode != self._inode or size < self.read:
            self._clear()
        self._inode, self.size = inode, size

    def _take(self, file: BufferedReader, until: int) -> None:
        self.torn = False
        while self.read < until and (line := file.readline()):
            if not line.endswith(b"\n"):
                self.torn = True
                return
            self._lines += 1
            self._add(line)
            self.read += len(line)

    def _add(self, line: bytes) -> None:
        try:
            known = _known(line)
        except ValidationError:
            if len(self.unreadable) < 5:
                self.unreadable.append(self._lines)
            return
        self._starts.append(self.read)
        self._marks.append(known.marks)
        self._tokens.append(known.b_total)
        self._seconds.append(known.seconds)
        self._ids.append(known.id)

    def _parsed(self, row: int, kind: type[M]) -> M:
        try:
            with self._path.open("rb") as file:
                file.seek(self._starts[row])
                return kind.model_validate_json(file.readline())
        except OSError as error:
            raise self._cannot(error) from error
        except ValidationError as error:
            reason = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in reason["loc"])
            raise StoreError(
                f"{self._path.name}: the record of problem {self._ids[row]!r:.80} is not one of "
                f"this version of Redraft ({place}: {reason['msg']})"
            ) from None

    def _cannot(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self._path}: cannot be read ({(error.strerror or str(error)).lower()})"
        )


def _known(line: bytes) -> Line:
    """What a list shows of a record. Its artifacts are most of it and stand at its end, so that
    what comes before them is enough; raises `ValidationError`."""
    head, artifacts, _ = line.partition(b',"artifacts":[')
    if artifacts:
        # A knob may have that name too.
        with suppress(ValidationError):
            return Line.model_validate_json(head + b"}")
    return Line.model_validate_json(line)
