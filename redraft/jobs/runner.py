"""Runs a recipe over many problems at once and keeps a record of each.

Problems are taken as others finish, so that memory does not grow with the file. Whatever ends a
run early (Ctrl-C, a full disk, a server that is gone) leaves files from which the same job goes on.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

from redraft.core import ModelError, Problem, Record
from redraft.jobs.feed import Feed
from redraft.jobs.records import RUN_BUDGET

PATIENCE = 100
YOUNG_OBJECTS = 50_000
Work = Callable[[Problem], Awaitable[Record]]


def _in_hand(concurrency: int) -> int:
    """How many problems to have in hand so that `concurrency` calls can be in flight.

    A quarter more than calls, since some problems are being graded or written.
    """
    return concurrency + concurrency // 4 + 1


async def run_all(feed: Feed, work: Work, concurrency: int) -> None:
    """Hand the problems of `feed` to `work`, enough at a time for `concurrency` calls in flight.

    Ends the feed early when the run's budget is spent. Raises what `work` or the feed raise.
    """

    async def take() -> None:
        async for problem in feed:
            record = await work(problem)
            if record.stopped_by.startswith(RUN_BUDGET):
                feed.end()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_in_hand(concurrency)):
                group.create_task(take())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


@contextmanager
def collecting_rarely() -> Generator[None]:
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


class Patience:
    """Counts problems in a row that no model answered."""

    def __init__(self) -> None:
        self._left = PATIENCE

    def look_at(self, record: Record) -> None:
        """Raise `ModelError` once `PATIENCE` in a row have failed."""
        without_model = record.stopped_by == "failed" and all(
            failure.kind == ModelError.kind for failure in record.failures
        )
        self._left = self._left - 1 if without_model and record.failures else PATIENCE
        if not self._left:
            raise ModelError(
                f"{PATIENCE} problems in a row failed ({record.failures[-1].message}); when the "
                "model answers again, start the same command again: it goes on from here"
            )
