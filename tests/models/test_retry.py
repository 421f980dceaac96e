"""Retry asks again after what passes, waits as told, and leaves the rest alone."""

import asyncio

import pytest

from redraft.core import InputError, Message, ModelError, Request
from redraft.models import Endpoint, Retry, RetryPolicy
from redraft.testing import MockServer, Scripted, http_error

REQUEST = Request(messages=(Message(role="user", content="x"),))
BUSY = ModelError("busy", status=503, transient=True)


def retrying(script, **policy):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        await asyncio.sleep(0)

    model = Scripted(script)
    retry = Retry(model, RetryPolicy(**policy), sleep=sleep, chance=lambda: 0.5)
    return retry, model, waits


async def test_a_passing_failure_is_healed_with_growing_waits():
    model, inner, waits = retrying([BUSY, BUSY, BUSY, "up"], initial=1, maximum=3, jitter=0.2)
    assert (await model(REQUEST)).choices[0].content == "up"
    assert waits == pytest.approx([1.1, 2.2, 3.3])
    assert inner.requests == [REQUEST] * 4


async def test_the_last_error_comes_out_with_the_attempts_named():
    model, inner, waits = retrying([BUSY] * 9, attempts=3)
    with pytest.raises(ModelError, match=r"^busy \(after 3 attempts\)$") as caught:
        await model(REQUEST)
    assert (caught.value.status, caught.value.transient) == (503, True)
    assert (len(inner.requests), len(waits)) == (3, 2)


@pytest.mark.parametrize("error", [ModelError("bad request", status=400), InputError("no model")])
async def test_what_cannot_heal_is_not_asked_again(error):
    model, inner, waits = retrying([error, "never said"])
    with pytest.raises(type(error), match=str(error)) as caught:
        await model(REQUEST)
    assert caught.value is error
    assert (len(inner.requests), waits) == (1, [])


async def test_retry_after_is_waited_for_where_it_is_longer():
    slow = ModelError("busy", transient=True, retry_after=40)
    quick = ModelError("busy", transient=True, retry_after=0)
    model, _, waits = retrying([slow, quick, "up"], initial=1, jitter=0)
    await model(REQUEST)
    assert waits == [40, 2]


async def test_a_server_that_asks_for_too_long_is_not_asked_again():
    wish = ModelError("busy", transient=True, retry_after=301)
    model, _, waits = retrying([wish, "never said"], longest=300)
    with pytest.raises(ModelError, match=r"^busy$"):
        await model(REQUEST)
    assert waits == []


async def test_calls_in_parallel_do_not_share_their_attempts():
    model, _, waits = retrying([BUSY, BUSY, BUSY, "a", "b", "c"], attempts=2)
    replies = await asyncio.gather(*(model(REQUEST) for _ in range(3)))
    assert sorted(reply.choices[0].content for reply in replies) == ["a", "b", "c"]
    assert len(waits) == 3


async def test_counting_is_retried_too():
    async with MockServer() as server:
        endpoint = Endpoint(server.url, "mock")
        assert await Retry(endpoint).count(REQUEST) == await endpoint.count(REQUEST)
        await endpoint.aclose()

    class Counter(Scripted):
        async def count(self, request):
            self.requests.append(request)
            if len(self.requests) == 1:
                raise BUSY
            return 7

    async def sleep(seconds):
        pass

    assert await Retry(Counter([]), sleep=sleep).count(REQUEST) == 7


async def test_a_server_in_trouble_is_asked_as_it_wishes():
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    faults = (http_error(429, retry_after="7"), http_error(500))
    async with MockServer(faults=faults) as server:
        endpoint = Endpoint(server.url, "mock")
        model = Retry(endpoint, RetryPolicy(initial=1, jitter=0), sleep=sleep)
        assert len((await model(REQUEST)).choices) == 1
        await endpoint.aclose()
    assert waits == [7, 2]
