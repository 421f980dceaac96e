"""A server that refuses JSON schemas is asked without them from then on."""

import pytest

from redraft.core import Message, ModelError, Request
from redraft.models import Endpoint
from redraft.testing import MockServer, http_error

ASK = Request(
    messages=(Message(role="user", content="Judge it."),),
    output_schema={"type": "object", "properties": {"right": {"type": "boolean"}}},
)
REFUSAL = http_error(400, message="response_format type 'json_schema' is unsupported")


async def test_the_schema_is_left_out_and_the_refusal_remembered():
    async with MockServer(faults=[REFUSAL]) as server, Endpoint(server.url, "mock") as model:
        assert (await model.probe()).json_schema
        await model(ASK)
        await model(ASK)
        assert ["response_format" in body for body in server.stats.bodies] == [True, False, False]
        assert not (await model.probe()).json_schema


async def test_another_refusal_keeps_the_schema():
    fault = http_error(400, message="no such thing")
    async with MockServer(faults=[fault]) as server, Endpoint(server.url, "mock") as model:
        with pytest.raises(ModelError, match="no such thing"):
            await model(ASK)
        await model(ASK)
        assert "response_format" in server.stats.bodies[-1]
