"""Solves problems in waves: those of a wave read one version of the handbook, and what they teach
is in the version that the next wave reads. So the same job gives the same answers again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from redraft.core import Memory, Problem, Record
from redraft.jobs.feed import Feed, name_of
from redraft.jobs.learner import Learner, Solved
from redraft.jobs.records import is_open
from redraft.jobs.runner import run_all

Solve = Callable[[Problem, Memory], Awaitable[Record]]
"""Solves a problem with a memory, and keeps the record."""


@dataclass(slots=True)
class _Wave:
    """A wave in progress: its problems in their order, and the records of this start by name."""

    number: int
    problems: list[Problem] = field(default_factory=list[Problem])
    records: dict[str, Record] = field(default_factory=dict[str, Record])


async def run_waves(feed: Feed, learner: Learner, solve: Solve) -> None:
    """Solve the problems of `feed`, and teach the handbook after each wave and after the last.

    A wave is made of places in the source, whatever earlier starts have solved. Raises what `solve`
    and the feed raise, and `StoreError` and `ModelError` where a version that was read before
    cannot be opened.
    """
    settings, number = learner.job.settings, 0
    while not (feed.exhausted or feed.ended):
        number += 1
        wave = _Wave(number)
        feed.on_take = wave.problems.append
        feed.allow(settings.wave)
        await run_all(feed, _worker(wave, learner, solve), settings.concurrency)
        if feed.ended:
            return
        await learner.learn(_solved(wave, feed, learner))
        if learner.broke:
            feed.end()


def _worker(wave: _Wave, learner: Learner, solve: Solve) -> Callable[[Problem], Awaitable[Record]]:
    async def work(problem: Problem) -> Record:
        version = await _version(wave, learner)
        record = await solve(problem, await learner.handbook.at(version))
        if not is_open(record):
            wave.records[name_of(problem)] = record
        return record

    return work


async def _version(wave: _Wave, learner: Learner) -> int:
    """The version that a wave reads: the newest one when its first problem begins."""
    name = f"wave {wave.number}"
    async with learner.deciding:
        known = learner.lessons.read(name)
        if known is not None:
            return known
        begun = learner.handbook.begun if wave.number == 1 else await learner.newest()
        return learner.lessons.decide(name, begun)


def _solved(wave: _Wave, feed: Feed, learner: Learner) -> list[Solved]:
    """What a wave has to teach, in the order of its problems."""
    before = [
        problem
        for problem in wave.problems
        if problem in feed.done and name_of(problem) not in learner.lessons
    ]
    found = {name_of(one.problem): one.record for one in learner.solved_before(before)}
    found |= wave.records
    return [
        Solved(problem, record)
        for problem in wave.problems
        if (record := found.get(name_of(problem))) is not None
    ]
