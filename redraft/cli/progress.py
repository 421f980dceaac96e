"""What the display knows: counters that events and records move in constant time.

A run makes events by the thousand a second, so nothing is computed here before a view asks.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from redraft.core import CANCELLED, CallFinished, Record
from redraft.jobs import (
    JobEvent,
    LearningEnded,
    LearningStarted,
    ProblemFinished,
    RunStarted,
)

WINDOW = 30.0


@dataclass(slots=True)
class Prices:
    """Prices of a million tokens, in whatever currency the user thinks."""

    input: float = 0.0
    output: float = 0.0


@dataclass(slots=True)
class Progress:
    """Counts of one run since its start. `before` are the problems that an earlier start solved.

    `total` is `None` while the number of problems is unknown. `in_flight` counts completions.
    Tokens are those that were paid since the start: a replayed call is free. `stage` is where an
    engine of ours is in its start, `failure` why the last problem failed, `learning` what a
    handbook is being taught or has learnt last.
    """

    total: int | None = None
    prices: Prices | None = None
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    before: int = 0
    right: int = 0
    graded: int = 0
    failed: int = 0
    in_flight: int = 0
    failed_calls: int = 0
    input: int = 0
    output: int = 0
    stage: str = ""
    stage_seconds: float = 0.0
    failure: str = ""
    learning: str = ""
    begun: bool = False
    started: float = 0.0
    _samples: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])

    def __post_init__(self) -> None:
        self._start()

    def starting(self, stage: str, seconds: float) -> None:
        """Take note of how far an engine of ours has come; nothing is said once it is ready."""
        self.stage = "" if stage == "ready" else stage
        self.stage_seconds = seconds

    def event(self, event: JobEvent) -> None:
        """Count an event; those that move nothing on the display pass by."""
        if isinstance(event, CallFinished):
            self.failed_calls += event.error not in ("", CANCELLED)
            if not event.replayed:
                self.input += event.usage.input
                self.output += event.usage.output
        elif isinstance(event, ProblemFinished):
            self._record(event.record)
        elif isinstance(event, LearningStarted):
            self.learning = f"learning from {event.solutions:,} solutions"
        elif isinstance(event, LearningEnded):
            learnt = f"learnt {event.added:,} behaviors; handbook at version {event.version:,}"
            self.learning = f"learning failed: {event.trouble}" if event.trouble else learnt
        elif isinstance(event, RunStarted):
            self.begun = True
            self.before = self.done = event.done
            self.graded, self.right = event.graded, event.correct
            self._start()

    def _start(self) -> None:
        self.started = self.clock()
        self._samples.clear()
        self._samples.append((self.started, self.output))

    def _record(self, record: Record) -> None:
        self.done += 1
        if record.stopped_by == "failed":
            self.failed += 1
            self.failure = record.failures[-1].message if record.failures else ""
        if record.correct is not None:
            self.graded += 1
            self.right += record.correct

    @property
    def tokens(self) -> int:
        """Input plus output."""
        return self.input + self.output

    @property
    def cost(self) -> float | None:
        """What the tokens cost, or `None` without prices."""
        if self.prices is None:
            return None
        return (self.input * self.prices.input + self.output * self.prices.output) / 1e6

    def speed(self) -> float:
        """Output tokens a second over the last half minute; call it when a view is drawn."""
        now = self.clock()
        self._samples.append((now, self.output))
        while len(self._samples) > 1 and now - self._samples[1][0] >= WINDOW:
            self._samples.popleft()
        then, count = self._samples[0]
        return (self.output - count) / (now - then) if now > then else 0.0

    def left(self) -> float | None:
        """Seconds until the last problem at the pace so far, `None` if nobody can tell."""
        fresh = self.done - self.before
        if self.total is None or fresh <= 0:
            return None
        pace = (self.clock() - self.started) / fresh
        return pace * max(self.total - self.done, 0)
