"""What a run has taught its handbook so far, and which version its problems read: in memory and,
for a run in a folder, in two files that a kill leaves whole."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from redraft.core import Record, Value
from redraft.jobs.feed import Done
from redraft.jobs.folder import RunFolder
from redraft.jobs.records import RecordFile, heal, read_values
from redraft.jobs.report import Learning, Tally
from redraft.jobs.seen import Seen


class Step(Value):
    """One time that a run taught its handbook.

    `taken` names the problems whose outcomes went in, `lessons` are the records of `learn` on the
    right solutions among them, and `version` is the handbook's afterwards.
    """

    taken: tuple[str, ...]
    lessons: tuple[Record, ...]
    version: int


class Read(Value):
    """A problem or a wave of them, and the version that it reads, after every restart too."""

    of: str
    version: int


class Lessons:
    """The steps and the reads of a run, whose `records` are in that file, if in any.

    `taken` problems taught the handbook, which is at `version` since the last step. `trouble` is
    why the last step that failed did so.
    """

    def __init__(self) -> None:
        self.records: Path | None = None
        self.taken = 0
        self.trouble = ""
        self.version: int | None = None
        self._names = Seen()
        self._tally = Tally()
        self._reads: dict[str, int] = {}
        self._files: tuple[RecordFile, RecordFile] | None = None

    @classmethod
    @contextmanager
    def open(cls, folder: RunFolder, done: Done) -> Generator[Self]:
        """Go on with the lessons in `folder`; what problems in `done` read is of no use any more.

        Raises `StoreError`.
        """
        lessons = cls()
        for path in (folder.lessons, folder.reads):
            heal(path)
        for step in read_values(folder.lessons, Step, "its problems are learnt from again"):
            lessons._enter(step)
        for read in read_values(folder.reads, Read, "its problems read the newest version"):
            if not done.knows(read.of):
                lessons._reads[read.of] = read.version
        with RecordFile(folder.lessons) as steps, RecordFile(folder.reads) as reads:
            lessons.records, lessons._files = folder.records, (steps, reads)
            yield lessons

    def __contains__(self, name: str) -> bool:
        """Whether the outcome of the problem of that name went in."""
        return self._names.get(name) is not None

    @property
    def tokens(self) -> int:
        """What learning has cost so far, input plus output."""
        return self._tally.tokens

    def add(self, step: Step) -> None:
        """Keep a step that the handbook has taken in; raises `StoreError`."""
        if self._files is not None:
            self._files[0].append(step)
        self._enter(step)

    def _enter(self, step: Step) -> None:
        for name in step.taken:
            self._names.add(name)
        for lesson in step.lessons:
            self._tally.add(lesson)
        self.taken += len(step.taken)
        self.version = step.version

    def read(self, of: str) -> int | None:
        """The version that `of` reads, if that is decided."""
        return self._reads.get(of)

    def decide(self, of: str, version: int) -> int:
        """Let `of` read `version` for good; returns it. Raises `StoreError`."""
        if self._files is not None:
            self._files[1].append(Read(of=of, version=version))
        self._reads[of] = version
        return version

    def forget(self, of: str) -> None:
        """Take `of` out of memory: it will read no more."""
        self._reads.pop(of, None)

    def summary(self, handbook: str, solved: int) -> Learning:
        """The report, of a run with `solved` problems that did not fail."""
        sums = self._tally.summary()
        left = solved - self.taken
        return Learning(
            solutions=sums.counts.get("admitted", 0),
            named=sums.counts.get("behaviors", 0),
            usage=sums.usage,
            version=None if self.version is None else f"{handbook}@{self.version}",
            left=left,
            trouble=self.trouble if left else "",
        )
