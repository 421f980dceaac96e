"""What the viewer is handed: where a run's records and journal lie, and how the run is doing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from redraft.core import Value


class RunState(Value):
    """How a run is doing. `facts` are names and values of what it was asked to do.

    `problems` are those of its last report and `tokens` their median of `B_total`; `accuracy` is
    the share that was right with the `low` and `high` end of its interval. All of these are unset
    while there is no report.
    """

    complete: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    problems: int = 0
    tokens: int = 0
    accuracy: float | None = None
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the file with a JSON `Record` a line, its journal, and `state`, asked anew for each
    page. Neither file need exist yet."""

    name: str
    records: Path
    journal: Path
    state: Callable[[], RunState]


Shelf = Callable[[], Mapping[str, Run]]
"""The runs that there are now, by name; a name may hold slashes."""
