"""What happens in a batch, beside what happens while one problem is solved."""

from collections.abc import Callable
from dataclasses import dataclass

from redraft.core import Event, Record


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The folder is open; `done` problems were solved by earlier starts of the job.

    `graded` of them have a gold answer, and `correct` of those are right.
    """

    done: int
    graded: int = 0
    correct: int = 0


@dataclass(frozen=True, slots=True)
class ProblemFinished:
    """A record was written."""

    record: Record


@dataclass(frozen=True, slots=True)
class LearningStarted:
    """The handbook is about to be taught by so many solutions."""

    solutions: int


@dataclass(frozen=True, slots=True)
class LearningEnded:
    """The handbook is at `version`, with so many behaviors `added`.

    `trouble` says in a line why something could not be learnt; empty where all was.
    """

    added: int
    version: int
    trouble: str = ""


JobEvent = Event | RunStarted | ProblemFinished | LearningStarted | LearningEnded
JobSink = Callable[[JobEvent], None]


def ignore_all(event: JobEvent) -> None:
    """The sink of a batch that nobody watches."""
