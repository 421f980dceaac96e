"""Solves problems while the handbook learns from those already solved: each problem reads the
newest version at its start. Which one that is hangs on the clock, so it is kept before the first
call."""

import asyncio

from redraft.core import Problem, Record
from redraft.jobs.feed import Feed, name_of
from redraft.jobs.learner import Learner, Solved
from redraft.jobs.records import is_open
from redraft.jobs.runner import run_all
from redraft.jobs.waves import Solve


async def run_online(feed: Feed, learner: Learner, solve: Solve) -> None:
    """Solve the problems of `feed`, and teach the handbook beside it, a wave at a time.

    What earlier starts solved and did not teach is taught too. Raises as `run_waves` does.
    """
    await learner.newest()
    curator = _Curator(feed, learner)
    feed.on_take = curator.see

    async def work(problem: Problem) -> Record:
        name = name_of(problem)
        version = learner.lessons.read(name)
        if version is None:
            version = learner.lessons.decide(name, learner.handbook.newest)
        record = await solve(problem, await learner.handbook.at(version))
        if not is_open(record):
            learner.lessons.forget(name)
            curator.hear(Solved(problem, record))
        return record

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(curator.work())
            await run_all(feed, work, learner.job.settings.concurrency)
            curator.close()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


class _Curator:
    """Gathers what is solved, and teaches it whenever there is enough of it."""

    def __init__(self, feed: Feed, learner: Learner) -> None:
        self._feed = feed
        self._learner = learner
        self._before: list[Problem] = []
        self._solved: list[Solved] = []
        self._over = False
        self._enough = asyncio.Event()

    def see(self, problem: Problem) -> None:
        """Note a problem that was solved before and did not teach yet."""
        if problem in self._feed.done and name_of(problem) not in self._learner.lessons:
            self._before.append(problem)

    def hear(self, solved: Solved) -> None:
        """Note what is solved now."""
        self._solved.append(solved)
        if len(self._solved) >= self._learner.job.settings.wave:
            self._enough.set()

    def close(self) -> None:
        """No more will come."""
        self._over = True
        self._enough.set()

    async def work(self) -> None:
        """Teach until all is over, and then what is left."""
        over = False
        while not over:
            await self._enough.wait()
            self._enough.clear()
            over = self._over
            before, self._before = self._before, []
            solved, self._solved = self._solved, []
            if self._learner.broke:
                return
            await self._learner.learn(
                [*self._learner.solved_before(before), *solved], turn=not over
            )
