"""The index of each run that a page was asked of."""

from starlette.exceptions import HTTPException

from redraft.core import Record
from redraft.server.viewer.index import RecordIndex
from redraft.server.viewer.run import Run, Shelf


class Indexed:
    """A run with its index, read on as far as one page's worth goes."""

    def __init__(self, run: Run, index: RecordIndex) -> None:
        self.run = run
        self.index = index

    def record(self, row: int) -> Record:
        """The record at `row`; raises a 404 where there is none (yet) and `StoreError`."""
        if row >= len(self.index):
            raise HTTPException(404, f"the run {self.run.name} has no such problem (yet)")
        return self.index.record(row)


class Indexes:
    """Indexes by the names of runs; those of runs that have gone are forgotten."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._kept: dict[str, RecordIndex] = {}

    def at(self, name: str) -> Indexed:
        """The run called `name`; raises a 404 if there is none, and `StoreError`."""
        runs = self._shelf()
        if name not in runs:
            self._kept.pop(name, None)
            raise HTTPException(404, "there is no such run")
        index = self._kept.setdefault(name, RecordIndex(runs[name].records))
        index.extend()
        return Indexed(runs[name], index)
