"""A call's priority goes to servers that take one, and is left out where it is refused."""

import pytest

from redraft.core import Message, ModelError, Request
from redraft.models import Endpoint, Ranked, answers
from redraft.testing import MockServer, Scripted, Traits, http_error

ASK = Request(messages=(Message(role="user", content="Now."),), priority=-1)
# What the engine before version 1 said; later ones take the field and heed it or not.
REFUSAL = http_error(400, message="Got priority -1 but Priority scheduling is not enabled.")


async def test_vllm_is_told_and_others_are_not():
    async with MockServer() as server, Endpoint(server.url, "mock") as model:
        await model(ASK)
        await model(ASK.model_copy(update={"priority": 0}))
        assert [body.get("priority") for body in server.stats.bodies] == [-1, None]
    plain = MockServer(traits=Traits(vllm=False))
    async with plain as server, Endpoint(server.url, "mock") as model:
        await model(ASK)
        assert "priority" not in server.stats.bodies[-1]


async def test_a_refusal_is_remembered_and_told():
    async with MockServer(faults=[REFUSAL]) as server, Endpoint(server.url, "mock") as model:
        assert (await model.probe()).priority
        await model(ASK)
        await model(ASK)
        assert ["priority" in body for body in server.stats.bodies] == [True, False, False]
        assert not (await model.probe()).priority


async def test_another_refusal_keeps_the_priority():
    fault = http_error(400, message="no such thing")
    async with MockServer(faults=[fault]) as server, Endpoint(server.url, "mock") as model:
        with pytest.raises(ModelError, match="no such thing"):
            await model(ASK)
        await model(ASK)
        assert server.stats.bodies[-1]["priority"] == -1


def test_priority_is_no_part_of_what_is_asked():
    assert ASK.key("m") == ASK.model_copy(update={"priority": 7}).key("m")


async def test_a_ranked_model_asks_all_at_its_priority():
    inner = Scripted(["yes"])
    await Ranked(inner, -1)(ASK.model_copy(update={"priority": 0}))
    assert inner.requests[-1].priority == -1


async def test_whether_a_server_answers_is_asked_without_a_completion():
    async with MockServer() as server:
        endpoint = Endpoint(server.url, "mock")
        async with endpoint:
            await answers(Ranked(endpoint, 0))
            assert server.requests == 0
    async with endpoint:
        with pytest.raises(ModelError, match="nothing listens"):
            await answers(Ranked(endpoint, 0))
