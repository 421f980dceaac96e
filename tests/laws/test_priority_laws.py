"""Whoever has the better priority goes first, each in order of arrival, and nobody starves."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from redraft.models import Gate
from redraft.models.limit import SHARE

weights = st.integers(1, 3)
visitors = st.lists(st.tuples(st.integers(-2, 2), weights), min_size=1, max_size=60)


async def turns(count: int = 4) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def order_of(limit: int, crowd: list[tuple[int, int]]) -> list[int]:
    """The order in which a crowd that waits at a full gate is let in, one leaving at a time."""

    async def run() -> list[int]:
        gate = Gate(limit)
        held = await gate.enter(limit)
        admitted: list[int] = []

        async def visit(index: int, priority: int, weight: int) -> None:
            units = await gate.enter(weight, priority)
            admitted.append(index)
            await turns()
            gate.leave(units)

        tasks = [asyncio.create_task(visit(i, *one)) for i, one in enumerate(crowd)]
        await turns()
        assert gate.waiting == len(crowd)
        gate.leave(held)
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks)
        assert (gate.in_flight, gate.waiting) == (0, 0)
        return admitted

    return asyncio.run(run())


@given(limit=st.integers(1, 4), crowd=visitors)
def test_everybody_is_let_in_once_and_each_priority_in_order(limit, crowd):
    admitted = order_of(limit, crowd)
    assert sorted(admitted) == list(range(len(crowd)))
    for priority in {priority for priority, _ in crowd}:
        same = [index for index in admitted if crowd[index][0] == priority]
        assert same == sorted(same)


@given(crowd=visitors)
def test_the_best_goes_first_but_for_a_share_of_those_who_wait_longest(crowd):
    waiting = set(range(len(crowd)))
    passed = 0
    for index in order_of(1, [(priority, 1) for priority, _ in crowd]):
        best = min(waiting, key=lambda one: (crowd[one][0], one))
        oldest = min(waiting)
        assert index == (best if passed < SHARE else oldest)
        passed = 0 if crowd[index][0] == crowd[oldest][0] else passed + 1
        waiting.remove(index)


@given(stream=st.integers(1, 5))
def test_a_batch_is_let_in_however_many_chat(stream):
    crowd = [(0, 1), *[(-1, 1)] * (stream * SHARE + 1)]
    assert order_of(1, crowd).index(0) == SHARE
