"""Runs a recipe over many problems at once and keeps a record of each.

Problems are taken as others finish, so that memory does not grow with the file. Whatever ends a
run early (Ctrl-C, a full disk, a server that is gone) leaves files from which the same job goes on.
"""

import asyncio
import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager

from redraft.core import ModelError, Record
from redraft.jobs.feed import Feed
from redraft.jobs.solving import Setup, solve_problem

PATIENCE = 100
YOUNG_OBJECTS = 50_000
RUN_BUDGET = "run_"
Keep = Callable[[Record], None]


def _in_hand(concurrency: int) -> int:
    """How many problems to have in hand so that `concurrency` calls can be in flight.

    A quarter more than calls, since some problems are being graded or written.
    """
    return concurrency + concurrency // 4 + 1


async def run_all(feed: Feed, setup: Setup, keep: Keep, concurrency: int) -> None:
    """Solve the problems of `feed`, enough at a time, and hand each record to `keep`.

    Stops early when the run's budget is spent. Raises what `keep` or the feed raise, `StoreError`,
    `EngineError`, and `ModelError` when `PATIENCE` problems in a row failed for want of a model.
    """
    patience = _Patience()

    async def work() -> None:
        async for problem in feed:
            record = await solve_problem(problem, setup)
            keep(record)
            if record.stopped_by.startswith(RUN_BUDGET):
                feed.end()
            patience.look_at(record)

    try:
        with _collecting_rarely():
            async with asyncio.TaskGroup() as group:
                for _ in range(_in_hand(concurrency)):
                    group.create_task(work())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


@contextmanager
def _collecting_rarely() -> Generator[None]:
    """Have the garbage collector look at young objects less often during a run.

    By its own settings, all that a problem holds grows old while its call is in flight, and the
    full collections that follow took up to 45 % of a run's CPU time (1,000 calls in flight).
    """
    before = gc.get_threshold()
    gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Patience:
    """Counts problems in a row that no model answered."""

    def __init__(self) -> None:
        self._left = PATIENCE

    def look_at(self, record: Record) -> None:
        """Raise `ModelError` once too many in a row have failed."""
        without_model = record.stopped_by == "failed" and all(
            failure.kind == ModelError.kind for failure in record.failures
        )
        self._left = self._left - 1 if without_model and record.failures else PATIENCE
        if not self._left:
            raise ModelError(
                f"{PATIENCE} problems in a row failed ({record.failures[-1].message}); when the "
                "model answers again, start the same command again: it goes on from here"
            )
