"""The gate holds its limit, keeps the order, serves everybody and survives cancellation."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.core import Message, ModelError, Request, Sampling
from redraft.models import Gate, Limit
from redraft.testing import Counting, Failing, Scripted


async def turn():
    for _ in range(5):
        await asyncio.sleep(0)


def request(n):
    return Request(messages=(Message(role="user", content="x"),), sampling=Sampling(n=n))


async def test_a_free_gate_lets_in_at_once():
    gate = Gate(3)
    assert await gate.enter(2) == 2
    assert gate.in_flight == 2
    gate.leave(2)
    assert gate.in_flight == 0


async def test_nobody_overtakes_a_heavy_request():
    gate = Gate(4)
    order = []

    async def pass_through(name, weight):
        units = await gate.enter(weight)
        order.append(name)
        await turn()
        gate.leave(units)

    await asyncio.gather(
        pass_through("first", 2), pass_through("heavy", 4), pass_through("light", 1)
    )
    assert order == ["first", "heavy", "light"]


async def test_more_than_the_limit_takes_the_whole_gate():
    gate = Gate(4)
    held = await gate.enter(1)
    giant = asyncio.create_task(gate.enter(100))
    await turn()
    assert not giant.done()
    gate.leave(held)
    assert await giant == 4
    assert gate.in_flight == 4


async def test_a_cancelled_head_of_the_queue_makes_way():
    gate = Gate(2)
    held = await gate.enter(1)
    heavy = asyncio.create_task(gate.enter(2))
    light = asyncio.create_task(gate.enter(1))
    await turn()
    heavy.cancel()
    assert await light == 1
    gate.leave(held)
    gate.leave(1)
    assert (gate.in_flight, gate.waiting) == (0, 0)


async def test_cancelled_in_the_turn_in_which_it_was_let_in_it_gives_back():
    gate = Gate(1)
    held = await gate.enter(1)
    waiter = asyncio.create_task(gate.enter(1))
    after = asyncio.create_task(gate.enter(1))
    await turn()
    gate.leave(held)
    waiter.cancel()
    assert await after == 1
    with pytest.raises(asyncio.CancelledError):
        await waiter
    gate.leave(1)
    assert gate.in_flight == 0


async def test_a_failed_call_gives_its_place_back():
    gate = Gate(1)
    model = Limit(Failing(ModelError("down"), Scripted(["up"]), times=1), gate)
    with pytest.raises(ModelError):
        await model(request(1))
    assert gate.in_flight == 0
    assert (await model(request(1))).choices[0].content == "up"


async def test_two_models_share_one_gate():
    class Slow(Scripted):
        async def __call__(self, request):
            await turn()
            return await super().__call__(request)

    gate = Gate(3)
    counting = Counting(Slow(lambda asked: "x"))
    models = Limit(counting, gate), Limit(counting, gate)
    await asyncio.gather(*(models[i % 2](request(1)) for i in range(12)))
    assert counting.peak == 3


@given(
    limit=st.integers(1, 6),
    visits=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3), st.booleans()), max_size=30),
)
def test_never_more_than_the_limit_and_everyone_is_served(limit, visits):
    async def run():
        gate = Gate(limit)
        served = []

        async def visit(index, weight, turns):
            units = await gate.enter(weight)
            assert gate.in_flight <= limit
            served.append(index)
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                gate.leave(units)

        tasks = [
            asyncio.create_task(visit(index, weight, turns))
            for index, (weight, turns, _) in enumerate(visits)
        ]
        for task, (_, turns, leaves) in zip(tasks, visits, strict=True):
            if leaves:
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [error for error in results if isinstance(error, AssertionError)]
        stayed = {index for index, (_, _, leaves) in enumerate(visits) if not leaves}
        assert stayed <= set(served)
        assert served == sorted(served)
        assert (gate.in_flight, gate.waiting) == (0, 0)

    asyncio.run(run())
