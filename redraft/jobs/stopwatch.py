"""Adds to a tally what only the run knows: how long it took, and what it left out."""

import time
from collections.abc import Iterator

from redraft.core import Problem
from redraft.jobs.problems import ProblemStream
from redraft.jobs.report import Summary, Tally


class Stopwatch:
    """Starts when made. `last` is the report of an earlier start of the same job.

    A start that solves nothing reports the time of the last one that did.
    """

    def __init__(self, tally: Tally, last: Summary | None = None) -> None:
        self._tally = tally
        self._last = last
        self._problems = tally.problems
        self._tokens = tally.output_tokens
        self._started = time.monotonic()

    def summary(self, problems: Iterator[Problem], *, complete: bool) -> Summary:
        """The report; `problems` is asked for what it skipped, if it is a file's stream."""
        seconds = time.monotonic() - self._started
        speed = (self._tally.output_tokens - self._tokens) / max(seconds, 1e-9)
        if self._last is not None and self._tally.problems == self._problems:
            seconds, speed = self._last.seconds, self._last.tokens_per_second
        skipped = problems.skipped if isinstance(problems, ProblemStream) else None
        return self._tally.summary().model_copy(
            update={
                "complete": complete,
                "seconds": round(seconds, 3),
                "tokens_per_second": round(speed, 1),
                "skipped": skipped.count if skipped else 0,
                "skipped_first": tuple(skipped.first) if skipped else (),
            }
        )
