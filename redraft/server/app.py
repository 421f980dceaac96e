"""The routes of the server: models, chat completions, and how it is doing."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from redraft.core import RedraftError, Sampling
from redraft.server.body import ChatBody
from redraft.server.config import Serving
from redraft.server.conversation import messages_of, problem_of
from redraft.server.errors import ApiError, as_api_error
from redraft.server.offers import Offer, find
from redraft.server.operations import Operations, add_operations
from redraft.server.service import Service
from redraft.server.thinking import Work, asking, pieces, solving
from redraft.server.wire import DONE, PING, Frame, chunks, completion, event

PING_SECONDS = 10.0
_STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def make_app(service: Service, operations: Operations | None = None) -> FastAPI:
    """The ASGI application that serves `service`; without `operations`, to everybody."""
    app = FastAPI(title="Redraft", docs_url=None, redoc_url=None)
    operations = operations or Operations(service, Serving())

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [card(service, offer) for offer in service.offers]}

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        return card(service, find(service.offers, name))

    @app.post("/v1/chat/completions")
    async def chat(body: ChatBody, request: Request) -> Response:
        frame = Frame(f"chatcmpl-{secrets.token_hex(12)}", int(time.time()), body.model)
        turn = operations.begin(request, body.model, body.messages, batch=body.is_batch)
        work = operations.runs.admitted(turn, work_of(service.ranked(turn.priority), body, frame))
        if body.stream:
            usage = bool(body.stream_options and body.stream_options.include_usage)
            stream = streamed(frame, work, usage=usage)
            return StreamingResponse(stream, 200, _STREAM_HEADERS, "text/event-stream")
        return JSONResponse(await unless_gone(request, frame, work))

    add_operations(app, operations)
    _tell_errors(app)
    return app


def card(service: Service, offer: Offer) -> dict[str, Any]:
    """An offer as `/v1/models` shows it."""
    return {
        "id": offer.name,
        "object": "model",
        "created": service.created,
        "owned_by": "redraft",
        "name": offer.name,
        "description": offer.description,
    }


def work_of(service: Service, body: ChatBody, frame: Frame) -> Work:
    """What `body` asks for; raises `ApiError` and `InputError` for what cannot be done."""
    offer = find(service.offers, body.model)
    if (body.n or 1) > 1:
        raise ApiError(400, "n: one answer is given at a time", param="n")
    if body.redraft.recipe is not None:
        offer = offer.model_copy(update={"recipe": body.redraft.recipe})
    if offer.recipe is None:
        return asking(service, offer, messages_of(body.messages), sampling_of(body))
    recipe, knobs = offer.parsed(body.redraft.knobs)
    problem = problem_of(body.messages, frame.id)
    budget = offer.budget.model_copy(update=body.redraft.budget.model_dump(exclude_none=True))
    return solving(service, recipe.build(knobs), problem, budget, body.seed or 0)


def sampling_of(body: ChatBody) -> Sampling:
    """How a plain model is to sample."""
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    return Sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        max_tokens=body.max_completion_tokens or body.max_tokens,
        seed=body.seed,
        stop=stop,
    )


async def streamed(frame: Frame, work: Work, *, usage: bool) -> AsyncGenerator[bytes]:
    """Server-sent events, with a sign of life while nothing comes; an error ends the stream."""
    coming = chunks(frame, pieces(work), usage=usage)
    try:
        async for data in _alive(coming):
            yield data
        yield DONE
    except ApiError as error:
        yield event(error.body())
    except RedraftError as error:
        yield event(as_api_error(error).body())


async def _alive(coming: AsyncGenerator[dict[str, Any]]) -> AsyncGenerator[bytes]:
    following = asyncio.ensure_future(anext(coming))
    try:
        while True:
            done, _ = await asyncio.wait((following,), timeout=PING_SECONDS)
            if not done:
                yield PING
                continue
            try:
                yield event(following.result())
            except StopAsyncIteration:
                return
            following = asyncio.ensure_future(anext(coming))
    finally:
        following.cancel()
        await asyncio.wait((following,))
        await coming.aclose()


async def unless_gone(request: Request, frame: Frame, work: Work) -> dict[str, Any]:
    """The whole answer; the work is given up when the client goes away."""
    answering = asyncio.ensure_future(completion(frame, pieces(work)))
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


def _tell_errors(app: FastAPI) -> None:
    """Have every error answered in the shape of the OpenAI API."""

    @app.exception_handler(ApiError)
    async def api(request: Request, error: ApiError) -> Response:
        return JSONResponse(error.body(), error.status, error.headers)

    @app.exception_handler(RedraftError)
    async def ours(request: Request, error: RedraftError) -> Response:
        return await api(request, as_api_error(error))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return await api(request, ApiError(error.status_code, str(error.detail)))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        return await api(request, ApiError(400, f"{place}: {first['msg']}", param=place))
