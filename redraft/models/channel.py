"""HTTP to one OpenAI-compatible server: bytes in and out, every failure a `ModelError`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai
from openai import RequestOptions
from pydantic import TypeAdapter, ValidationError

from redraft.core import ModelError
from redraft.models.errors import Address, explain, overdue, unreadable
from redraft.models.streamed import Chunk

# Servers close idle connections (vLLM after 5 s); reusing one at that moment loses a request.
_KEEPALIVE_SECONDS = 2.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PAGE = TypeAdapter(dict[str, Any])
# What the SDK tells servers about this machine is nobody's business and costs time.
_TELEMETRY = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
_QUIET: RequestOptions = {
    "headers": {f"X-Stainless-{name}": openai.Omit() for name in (*_TELEMETRY, "Retry-Count")}
}


class Channel:
    """The SDK's client without its retries, its connection cap and its parsing.

    `timeout` bounds a whole exchange, in seconds. URLs are absolute, which spares the SDK a merge.
    """

    def __init__(self, address: Address, api_key: str, timeout: float) -> None:
        self.address = address
        self._api_key = api_key
        self._timeout = timeout

    @cached_property
    def _client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            base_url=self.address.url,
            api_key=self._api_key,
            max_retries=0,
            timeout=None,
            http_client=openai.DefaultAioHttpClient(
                # Zero is aiohttp's "no limit"; None would become its default of 100.
                limits=httpx2.Limits(max_connections=0, keepalive_expiry=_KEEPALIVE_SECONDS),
                follow_redirects=False,
                timeout=None,
                # A proxy that the environment names cannot reach this machine's own servers.
                trust_env=urlsplit(self.address.url).hostname not in _LOOPBACK,
            ),
        )

    async def post(self, url: str, body: Mapping[str, Any]) -> bytes:
        """The bytes of the answer to `body`."""
        exchange = self._client.post(url, body=body, cast_to=httpx2.Response, options=_QUIET)
        return await self._send(exchange)

    async def stream(
        self, url: str, body: Mapping[str, Any], take: Callable[[Chunk], None]
    ) -> None:
        """Have `take` see every chunk of the answer to `body` when it comes."""
        try:
            async with asyncio.timeout(self._timeout):
                chunks = await self._client.post(
                    url,
                    body=body,
                    cast_to=Chunk,
                    options=_QUIET,
                    stream=True,
                    stream_cls=openai.AsyncStream[Chunk],
                )
                async with chunks:
                    async for chunk in chunks:
                        take(chunk)
        except TimeoutError as error:
            raise overdue(self.address, self._timeout) from error
        except (openai.APIResponseValidationError, ValueError, RecursionError) as error:
            raise unreadable(error, self.address) from error
        except (openai.OpenAIError, aiohttp.ClientError, httpx2.HTTPError, OSError) as error:
            raise explain(error, self.address) from error

    async def get(self, url: str) -> dict[str, Any]:
        """The JSON object at `url`; empty where there is none."""
        try:
            data = await self._send(self._client.get(url, cast_to=httpx2.Response, options=_QUIET))
        except ModelError as error:
            if error.status in (404, 405):
                return {}
            raise
        try:
            return _PAGE.validate_json(data)
        except ValidationError:
            return {}

    async def close(self) -> None:
        """Close all connections; the next exchange opens new ones, on whatever loop it runs."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            await client.close()

    async def _send(self, exchange: Awaitable[httpx2.Response]) -> bytes:
        try:
            async with asyncio.timeout(self._timeout):
                return (await exchange).content
        except TimeoutError as error:
            raise overdue(self.address, self._timeout) from error
        except (openai.OpenAIError, aiohttp.ClientError, httpx2.HTTPError, OSError) as error:
            raise explain(error, self.address) from error
