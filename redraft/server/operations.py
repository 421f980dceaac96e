"""What runs a server beside its answers: admission, readiness, numbers, logs and middleware."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from redraft.core import RedraftError
from redraft.models import answers
from redraft.server.config import Serving
from redraft.server.errors import ApiError
from redraft.server.guard import Guard, Watch, seconds_of
from redraft.server.metrics import Metrics
from redraft.server.runs import Runs
from redraft.server.service import Service
from redraft.server.turn import Turn, turn_of

_READY_SECONDS = 5.0
# Whoever watches a server asks often and would fill its log.
_UNLOGGED = ("/health", "/ready", "/active", "/metrics")


class Operations:
    """How one application is run; `runs` admits work, `begin` opens a request.

    `write` takes the line of each request that has ended; nothing is logged without it.
    """

    def __init__(
        self, service: Service, serving: Serving, write: Callable[[str], None] | None = None
    ) -> None:
        self.service = service
        self.serving = serving
        self.runs = Runs(serving.limits)
        self._metrics = Metrics(self.runs, [offer.name for offer in service.offers])
        self._models = {id(model): model for model in service.models.values()}
        self._write = write

    def begin(
        self, request: Request, model: str, messages: Sequence[Any], *, batch: bool = False
    ) -> Turn:
        """The turn of `request`, which asks `model`.

        Raises a 429 when there is no room for it and a 400 for too many messages.
        """
        turn = turn_of(request)
        turn.model, turn.batch = model[:100], batch
        most = self.serving.limits.messages
        if len(messages) > most:
            raise ApiError(400, f"messages: more than {most:,}", param="messages")
        if self.serving.log.prompts:
            turn.messages = [_plain(message) for message in messages]
        self.runs.expect(turn)
        return turn

    async def ready(self) -> dict[str, str]:
        """What keeps models from answering, by their names; empty when all is well."""
        asked = await asyncio.gather(*(_trouble(model) for model in self._models.values()))
        names = [model.name for model in self._models.values()]
        return {name: trouble for name, trouble in zip(names, asked, strict=True) if trouble}

    def numbers(self) -> bytes:
        """The metrics as text."""
        return self._metrics.text()

    def told(self, turn: Turn, method: str, path: str, status: int) -> None:
        """Count and log a request that has ended."""
        self.runs.forget(turn)
        self._metrics.note(turn, status, seconds_of(turn))
        if self._write is not None and path not in _UNLOGGED:
            self._write(turn.line(method, path, status, prompts=self.serving.log.prompts))


def add_operations(app: FastAPI, operations: Operations) -> None:
    """Add the routes that tell how the server is doing, and the middleware around all routes."""

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready")
    async def ready() -> Response:
        if operations.runs.stopped:
            return JSONResponse({"status": "stopping"}, 503)
        troubles = await operations.ready()
        if troubles:
            return JSONResponse({"status": "not ready", "models": troubles}, 503)
        return JSONResponse({"status": "ready"})

    @app.get("/active")
    async def running() -> dict[str, int]:
        return {"active": operations.runs.active, "queued": operations.runs.queued}

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(operations.numbers(), media_type=CONTENT_TYPE_LATEST)

    app.add_middleware(Guard, serving=operations.serving)
    if operations.serving.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=operations.serving.origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=("authorization", "content-type", "x-api-key", "x-request-id"),
            expose_headers=("x-request-id",),
        )
    app.add_middleware(Watch, told=operations.told)


async def _trouble(model: Any) -> str:
    try:
        async with asyncio.timeout(_READY_SECONDS):
            await answers(model)
    except RedraftError as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {_READY_SECONDS:g} s"
    return ""


def _plain(message: Any) -> Any:
    return message.model_dump(exclude_none=True) if hasattr(message, "model_dump") else message
