"""What was measured, as it is kept in JSON."""

from redraft.core import Value

HANDBOOK = "handbook"
"""Names rows of whole handbooks; all others are of vectors alone."""


class Latency(Value):
    """Milliseconds of a search, over all workers; `cpu` is the median of processor time."""

    p50: float
    p95: float
    cpu: float


class Row(Value):
    """One way to search, in a table of one size, by `workers` processes at the same time.

    `latency` goes by what was asked. `recall` is the share of the true ten nearest that was found.
    `resident` and `own` are MB a process needs for the table: all of its pages, and with pages
    that processes share divided among them.
    """

    size: int
    name: str
    workers: int
    latency: dict[str, Latency]
    recall: float
    resident: float
    own: float


class Built(Value):
    """Seconds that a table of one size took to make ready, at first and when it was there."""

    size: int
    name: str
    first: float
    again: float


class Report(Value):
    """A run of the benchmark."""

    python: str
    cores: int
    versions: dict[str, str]
    asked: int
    vectors: tuple[Row, ...] = ()
    texts: tuple[Row, ...] = ()
    built: tuple[Built, ...] = ()

    def with_row(self, row: Row | Built) -> "Report":
        """This report and one row more."""
        if isinstance(row, Built):
            return self.model_copy(update={"built": (*self.built, row)})
        if row.name == HANDBOOK:
            return self.model_copy(update={"texts": (*self.texts, row)})
        return self.model_copy(update={"vectors": (*self.vectors, row)})
