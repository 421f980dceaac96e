"""The routes of chat completions, and of the models that may be asked for them."""

import secrets
import time
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from redraft.server.body import ChatBody
from redraft.server.offers import Offer, find
from redraft.server.operations import Operations
from redraft.server.pieces import Work, pieces
from redraft.server.reading import work_of
from redraft.server.rehearsal import rehearsed
from redraft.server.sending import streaming, unless_gone
from redraft.server.service import Service
from redraft.server.wire import DONE, Frame, chunks, completion, event


def add_chat(
    app: FastAPI, service: Service, operations: Operations, *, ping_seconds: float
) -> None:
    """Add the routes to `app`."""
    cards = Cards(service)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [await cards.of(one) for one in service.offers]}

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        return await cards.of(find(service.offers, name))

    @app.post("/v1/chat/completions")
    async def chat(body: ChatBody, request: Request) -> Response:
        frame = Frame(
            f"chatcmpl-{secrets.token_hex(12)}", int(time.time()), body.model, body.n or 1
        )
        turn = operations.begin(request, body.model, body.messages, batch=body.is_batch)
        work = operations.runs.admitted(
            turn, await work_of(service.ranked(turn.priority), body, frame.id, turn.caller)
        )
        if body.stream:
            usage = bool(body.stream_options and body.stream_options.include_usage)
            return streaming(_events(frame, work, usage=usage), ping_seconds)
        return JSONResponse(await unless_gone(request, completion(frame, pieces(work))))


async def _events(frame: Frame, work: Work, *, usage: bool) -> AsyncGenerator[bytes]:
    async for chunk in chunks(frame, pieces(work), usage=usage):
        yield event(chunk)
    yield DONE


class Cards:
    """The offers as `/v1/models` shows them; what each costs is found out once."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._notes: dict[str, str] = {}

    async def of(self, offer: Offer) -> dict[str, Any]:
        """The card of `offer`."""
        return {
            "id": offer.name,
            "object": "model",
            "created": self._service.created,
            "owned_by": "redraft",
            "name": offer.name,
            "description": await self._description(offer),
        }

    async def _description(self, offer: Offer) -> str:
        if offer.recipe is None:
            return offer.description
        if offer.name not in self._notes:
            self._notes[offer.name] = (await rehearsed(*offer.parsed({}))).note
        return f"{offer.description.rstrip('.')}. {self._notes[offer.name]}."
