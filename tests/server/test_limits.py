"""A bounded number of runs and a bounded queue: who comes too many is told at once."""

import asyncio

import httpx2
import openai
import pytest

from redraft.server import Key, ServeLimits, Serving, digest, new_key
from redraft.testing import SILENT

FLEX = {"service_tier": "flex"}


async def settled(what):
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0.01)


def limited(**limits):
    return Serving(limits=ServeLimits(**limits))


async def test_a_full_queue_is_told_at_once_with_a_time_to_come_back(serve):
    served = await serve(delay=30.0, serving=limited(active=1, queue=1))
    runs = served.operations.runs
    asking = [asyncio.create_task(served.ask("mock", f"Case {i}")) for i in range(2)]
    await settled(lambda: (runs.active, runs.queued) == (1, 1))
    for streamed in (True, False):
        with pytest.raises(openai.RateLimitError) as told:
            await served.ask("mock", stream=streamed)
        assert int(told.value.response.headers["retry-after"]) > 0
    for task in asking:
        task.cancel()
    await settled(lambda: (runs.active, runs.queued) == (0, 0))


async def test_of_many_at_once_each_is_let_in_or_told_by_its_status(serve):
    served = await serve(delay=30.0, serving=limited(active=2, queue=3))
    runs = served.operations.runs
    asked = await asyncio.gather(
        *(served.ask("mock", f"Case {i}", stream=True) for i in range(12)), return_exceptions=True
    )
    refused = [one for one in asked if isinstance(one, openai.RateLimitError)]
    streams = [one for one in asked if isinstance(one, openai.AsyncStream)]
    assert (len(streams), len(refused)) == (5, 7)
    await settled(lambda: (runs.active, runs.queued) == (2, 3))
    for stream in streams:
        await stream.close()
    await settled(lambda: (runs.active, runs.queued) == (0, 0))


async def test_a_request_that_fails_before_its_run_keeps_no_room(serve):
    served = await serve(serving=limited(active=1, queue=0))
    for _ in range(3):
        with pytest.raises(openai.NotFoundError):
            await served.ask("nobody")
    assert await served.ask("mock")


async def test_who_waits_is_served_in_turn(serve):
    served = await serve(serving=limited(active=1, queue=8))
    replies = await asyncio.gather(*(served.ask("mock", f"Case {i}") for i in range(8)))
    assert len(replies) == 8
    assert served.upstream.peak == 1


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_client_that_leaves_leaves_the_queue(serve, streamed):
    served = await serve(delay=30.0, serving=limited(active=1, queue=1))
    runs = served.operations.runs
    first = asyncio.create_task(served.ask("mock", "first"))
    await served.upstream.until(1)
    second = asyncio.create_task(served.ask("mock", "second", stream=streamed))
    await settled(lambda: runs.queued == 1)
    if streamed:
        await (await second).close()
    else:
        second.cancel()
    await settled(lambda: runs.queued == 0)
    assert (runs.active, served.upstream.requests) == (1, 1)
    first.cancel()
    await settled(lambda: runs.active == 0)


async def test_one_key_cannot_take_all_places(serve):
    keys = [new_key(), new_key()]
    serving = Serving(
        limits=ServeLimits(active=2, queue=8, key_active=1, key_queue=0),
        keys=tuple(Key(name=str(i), sha256=digest(key)) for i, key in enumerate(keys)),
    )
    served = await serve(delay=30.0, serving=serving, key=keys[0])
    first = asyncio.create_task(served.ask("mock", "first"))
    await served.upstream.until(1)
    with pytest.raises(openai.RateLimitError):
        await served.ask("mock", "second")
    other = served.client.with_options(api_key=keys[1])
    second = asyncio.create_task(
        other.chat.completions.create(model="mock", messages=[{"role": "user", "content": "third"}])
    )
    await served.upstream.until(2)
    for task in (first, second):
        task.cancel()
    await served.upstream.until(0)


async def test_large_bodies_and_long_conversations_are_refused(serve):
    served = await serve(serving=limited(body=2000, messages=2))
    with pytest.raises(openai.APIStatusError, match=r"larger than 2,000 bytes") as told:
        await served.ask("mock", "x" * 3000)
    assert told.value.status_code == 413

    async def parts():
        for _ in range(4):
            yield b" " * 1000

    async with httpx2.AsyncClient() as client:
        reply = await client.post(
            f"{served.url}/v1/chat/completions",
            content=parts(),
            headers={"content-type": "application/json"},
        )
    assert reply.status_code == 413
    assert "larger than" in reply.json()["error"]["message"]
    with pytest.raises(openai.BadRequestError, match="more than 2"):
        await served.ask("mock", messages=[{"role": "user", "content": "x"}] * 3)
    assert served.upstream.requests == 0


async def test_chat_goes_before_those_who_can_wait(serve):
    served = await serve(serving=limited(active=1, queue=8), faults=[SILENT])
    runs = served.operations.runs
    first = asyncio.create_task(served.ask("mock", "first"))
    await served.upstream.until(1)
    waiting = []
    for text, fields in (("slow 1", FLEX), ("slow 2", FLEX), ("chat", {})):
        waiting.append(asyncio.create_task(served.ask("mock", text, **fields)))
        await settled(lambda: runs.queued == len(waiting))
    first.cancel()
    await asyncio.gather(*waiting)
    said = [body["messages"][-1]["content"] for body in served.upstream.stats.bodies]
    assert said == ["first", "chat", "slow 1", "slow 2"]
    tiers = {said[i]: body.get("priority") for i, body in enumerate(served.upstream.stats.bodies)}
    assert (tiers["chat"], tiers["slow 2"]) == (-1, None)
