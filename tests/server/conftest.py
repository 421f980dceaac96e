"""A served application over scripted or mocked models, and the real openai client to talk to it."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

import openai
import pytest
import uvicorn

from redraft.models import Endpoint
from redraft.server import Furnishing, Operations, Serving, furnish, make_app, make_service
from redraft.testing import MockServer, default_answer


@asynccontextmanager
async def listening(app):
    """Serve `app` on a free port; gives its base URL."""
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    serving = asyncio.create_task(server.serve(sockets=[socket]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


class Served:
    """A server of ours, the mock behind it, and a client before it."""

    def __init__(
        self,
        url: str,
        upstream: MockServer,
        client: openai.AsyncOpenAI,
        operations: Operations | None = None,
    ) -> None:
        self.url = url
        self.upstream = upstream
        self.client = client
        self.operations = operations
        self.lines: list[dict] = []

    async def ask(self, model: str, text: str = "What is 6 times 7?", **fields):
        messages = fields.pop("messages", [{"role": "user", "content": text}])
        return await self.client.chat.completions.create(model=model, messages=messages, **fields)


@pytest.fixture
async def serve():
    """`await serve(answer, faults=..., furnishing=..., serving=..., key=...)` gives a `Served`."""
    async with AsyncExitStack() as stack:

        async def start(
            answer=default_answer,
            *,
            furnishing=Furnishing(retries=0),
            serving=Serving(),
            key="any",
            models=None,
            embedder=None,
            ping_seconds=10.0,
            **mock,
        ):
            upstream = await stack.enter_async_context(MockServer(answer, **mock))
            endpoint = await stack.enter_async_context(Endpoint(upstream.url, "mock"))
            furnished = await stack.enter_async_context(furnish(furnishing))
            by_role = {"default": endpoint, **(models or {})}
            service = await make_service(by_role, furnished, embedder)
            lines = []
            operations = Operations(service, serving, lambda line: lines.append(json.loads(line)))
            app = make_app(service, operations, ping_seconds=ping_seconds)
            url = await stack.enter_async_context(listening(app))
            client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
            stack.push_async_callback(client.close)
            served = Served(url, upstream, client, operations)
            served.lines = lines
            return served

        yield start
