"""An endpoint closes its connections when its last user leaves, and opens new ones when used."""

import asyncio

from redraft.core import Message, Request
from redraft.models import Endpoint
from redraft.testing import MockServer

ASK = Request(messages=(Message(role="user", content="1+1?"),))


async def test_the_last_user_closes_the_connections_and_a_later_one_opens_new_ones():
    async with MockServer() as server:
        endpoint = Endpoint(server.url, "mock")
        async with endpoint:
            async with endpoint:
                await endpoint(ASK)
            await endpoint(ASK)
        async with endpoint:
            await endpoint(ASK)
        assert server.requests == 3


def test_an_endpoint_outlives_its_event_loop():
    async def serve(port: int, endpoint: Endpoint | None) -> tuple[int, Endpoint]:
        async with MockServer(port=port) as server:
            endpoint = endpoint or Endpoint(server.url, "mock")
            async with endpoint:
                await endpoint(ASK)
            assert server.requests == 1
            return int(server.url.rpartition(":")[2].removesuffix("/v1")), endpoint

    port, endpoint = asyncio.run(serve(0, None))
    asyncio.run(serve(port, endpoint))
