"""Servers that give one completion a request are asked as often as completions are wanted."""

import asyncio

import pytest

from redraft.core import Message, ModelError, Request, Sampling
from redraft.models import Endpoint
from redraft.testing import MockServer, http_error

ASK = Request(
    messages=(Message(role="user", content="What is 6 times 7?"),),
    sampling=Sampling(n=3, seed=5, max_tokens=8),
)


def one(body) -> list[str]:
    """A server that ignores `n`, and answers by the seed."""
    return [f"seed {body['seed']}"]


async def test_a_server_that_ignores_n_is_asked_for_the_rest_and_remembered():
    async with MockServer(one) as server, Endpoint(server.url, "mock") as model:
        reply = await model(ASK)
        assert [choice.content for choice in reply.choices] == ["seed 5", "seed 6", "seed 7"]
        assert server.requests == 3
        await model(ASK)
        assert server.requests == 6


async def test_each_completion_costs_its_own_prompt_alone():
    async with MockServer(one) as server, Endpoint(server.url, "mock") as model:
        alone = await model(ASK.model_copy(update={"sampling": Sampling(seed=5)}))
        reply = await model(ASK)
    assert reply.usage.input == 3 * alone.usage.input
    assert reply.usage_of(1).input == alone.usage.input
    assert sum(choice.output_tokens for choice in reply.choices) == reply.usage.output


@pytest.mark.parametrize("words", ["'n' must be 1", "n: number must be at most 1", "`n` > 1"])
async def test_a_server_that_refuses_n_is_asked_singly(words):
    faults = [http_error(400, message=words)]
    async with MockServer(faults=faults) as server, Endpoint(server.url, "mock") as model:
        assert len((await model(ASK)).choices) == 3
        assert server.requests == 4


async def test_another_refusal_is_not_taken_for_one_of_n():
    faults = [http_error(400, message="the prompt isn't acceptable")]
    async with MockServer(faults=faults) as server, Endpoint(server.url, "mock") as model:
        with pytest.raises(ModelError, match="isn't acceptable"):
            await model(ASK)


async def test_one_failure_is_the_whole_calls():
    async with MockServer(one) as server, Endpoint(server.url, "mock") as model:
        await model(ASK)
        server.order(http_error(500, message="broken"))
        with pytest.raises(ModelError, match="broken"):
            await model(ASK)


async def test_cancelling_the_whole_cancels_its_parts():
    async with MockServer(one, delay=0.2) as server, Endpoint(server.url, "mock") as model:
        await model(ASK)
        call = asyncio.create_task(model(ASK))
        await server.until(in_flight=3)
        call.cancel()
        await server.until(in_flight=0)
        assert server.stats.aborted == 3
