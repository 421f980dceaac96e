"""How an answer leaves: as a stream with signs of life, or whole; whoever goes away ends it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse

from redraft.core import RedraftError
from redraft.server.errors import ApiError, as_api_error, unforeseen
from redraft.server.wire import PING, event

PING_SECONDS = 10.0
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_LOG = logging.getLogger("redraft.server")
T = TypeVar("T")


def in_chat(error: ApiError) -> bytes:
    """How a stream of chunks ends that fails."""
    return event(error.body())


def streaming(
    coming: AsyncGenerator[bytes],
    ping_seconds: float,
    failed: Callable[[ApiError], bytes] = in_chat,
) -> StreamingResponse:
    """A response of server-sent events; an error ends it, in the words of `failed`."""
    told = _told(coming, ping_seconds, failed)
    return StreamingResponse(told, 200, _HEADERS, "text/event-stream")


async def _told(
    coming: AsyncGenerator[bytes], ping_seconds: float, failed: Callable[[ApiError], bytes]
) -> AsyncGenerator[bytes]:
    try:
        async for data in _alive(coming, ping_seconds):
            yield data
    except ApiError as error:
        yield failed(error)
    except RedraftError as error:
        yield failed(as_api_error(error))
    except Exception:
        # The status has been sent; a stream that just breaks off would be asked for again.
        _LOG.exception("a stream failed")
        yield failed(unforeseen())


async def _alive(coming: AsyncGenerator[bytes], ping_seconds: float) -> AsyncGenerator[bytes]:
    following = asyncio.ensure_future(anext(coming))
    try:
        while True:
            done, _ = await asyncio.wait((following,), timeout=ping_seconds)
            if not done:
                yield PING
                continue
            try:
                yield following.result()
            except StopAsyncIteration:
                return
            following = asyncio.ensure_future(anext(coming))
    finally:
        following.cancel()
        await asyncio.wait((following,))
        await coming.aclose()


async def unless_gone(request: Request, answer: Coroutine[Any, Any, T]) -> T:
    """What `answer` gives; it is given up when the client goes away."""
    answering = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ApiError(499, "the client went away")
        return answering.result()
    finally:
        for task in (answering, leaving):
            task.cancel()
        await asyncio.wait((answering, leaving))


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
