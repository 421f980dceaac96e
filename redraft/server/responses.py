"""`/v1/responses`: the same answers in OpenAI's newer format; nothing is kept between them."""

import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from redraft.core import Finish, Usage
from redraft.server.body import (
    Called,
    CalledFunction,
    ChatBody,
    Extra,
    Function,
    Part,
    ResponseFormat,
    Seed,
    Tool,
    Turn,
)
from redraft.server.errors import ApiError
from redraft.server.operations import Operations
from redraft.server.pieces import Ended, Piece, pieces
from redraft.server.reading import work_of
from redraft.server.response_items import Items, Writer
from redraft.server.sending import streaming, unless_gone
from redraft.server.service import Service
from redraft.server.wire import event

_TEXTS = ("input_text", "output_text", "text")


class Item(BaseModel):
    """One item of the input: a message, a call, its result, or a copy of earlier reasoning."""

    model_config = ConfigDict(extra="ignore")

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] = "user"
    content: str | list[Part] | None = None
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str | list[Part] | None = None


class FlatTool(BaseModel):
    """A function that may be called, or a tool of OpenAI's own."""

    type: str
    name: str = ""
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Format(BaseModel):
    """The shape of the text."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")


class Text(BaseModel):
    """How the text is to be."""

    format: Format = Format()


class ResponsesBody(BaseModel):
    """A request; fields that are not named here are let pass unread."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: str | list[Item]
    instructions: str | None = None
    previous_response_id: str | None = None
    stream: bool | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=1, lt=2**31)
    seed: Seed | None = None
    text: Text | None = None
    tools: list[FlatTool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    service_tier: str | None = None
    redraft: Extra = Extra()


def add_responses(
    app: FastAPI, service: Service, operations: Operations, *, ping_seconds: float
) -> None:
    """Add the route to `app`."""

    @app.post("/v1/responses")
    async def respond(body: ResponsesBody, request: Request) -> Response:
        chat, name = as_chat(body), secrets.token_hex(12)
        turn = operations.begin(request, chat.model, chat.messages, batch=chat.is_batch)
        work = operations.runs.admitted(
            turn, await work_of(service.ranked(turn.priority), chat, name, turn.caller)
        )
        head = {"id": f"resp_{name}", "object": "response", "created_at": int(time.time())}
        head |= {"model": body.model, "instructions": body.instructions, "store": False}
        head |= {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}
        if body.stream:
            return streaming(_events(head, pieces(work)), ping_seconds, failed)
        return JSONResponse(await unless_gone(request, _whole(head, pieces(work))))


def as_chat(body: ResponsesBody) -> ChatBody:
    """The same question as a chat; raises a 400 for what only a server with a memory can do."""
    if body.previous_response_id is not None:
        why = "previous_response_id: nothing is kept here; send the whole conversation as input"
        raise ApiError(400, why, param="previous_response_id")
    items = [Item(content=body.input)] if isinstance(body.input, str) else body.input
    turns = [turn for place, item in enumerate(items) for turn in _turns(item, place)]
    if body.instructions:
        turns.insert(0, Turn(role="system", content=body.instructions))
    if not turns:
        raise ApiError(400, "input: there is no message in it", param="input")
    wanted = body.text.format if body.text is not None else Format()
    shape = {"type": wanted.type, "json_schema": {"schema": wanted.json_schema}}
    return ChatBody(
        model=body.model,
        messages=turns,
        temperature=body.temperature,
        top_p=body.top_p,
        max_tokens=body.max_output_tokens,
        seed=body.seed,
        response_format=ResponseFormat.model_validate(shape),
        tools=[_tool(tool) for tool in body.tools or ()],
        tool_choice=body.tool_choice,
        service_tier=body.service_tier,
        redraft=body.redraft,
    )


def _turns(item: Item, place: int) -> list[Turn]:
    match item.type:
        case "message":
            return [Turn(role=item.role, content=_parts(item.content))]
        case "function_call":
            function = CalledFunction(name=item.name, arguments=item.arguments)
            return [Turn(role="assistant", tool_calls=[Called(id=item.call_id, function=function)])]
        case "function_call_output":
            return [Turn(role="tool", content=_parts(item.output), tool_call_id=item.call_id)]
        case "reasoning":
            return []
        case other:
            field = f"input.{place}.type"
            raise ApiError(400, f"{field}: {other!r:.40} cannot be read", param=field)


def _parts(content: str | list[Part] | None) -> str | list[Part] | None:
    if not isinstance(content, list):
        return content
    return [
        part.model_copy(update={"type": "text"}) if part.type in _TEXTS else part
        for part in content
    ]


def _tool(tool: FlatTool) -> Tool:
    if tool.type != "function":
        return Tool(type=tool.type)
    function = Function(name=tool.name, description=tool.description, parameters=tool.parameters)
    return Tool(function=function)


def failed(error: ApiError) -> bytes:
    """How a stream ends that fails."""
    fields = {"code": error.code, "message": str(error), "param": error.param}
    return event({"type": "error", **fields, "sequence_number": -1}, "error")


async def _whole(head: dict[str, Any], coming: AsyncIterable[Piece]) -> dict[str, Any]:
    items = Items()
    async for piece in coming:
        if isinstance(piece, Ended):
            return _response(head, items, piece)
        items.add(piece)
    raise AssertionError("pieces end with how they ended")


async def _events(head: dict[str, Any], coming: AsyncIterable[Piece]) -> AsyncGenerator[bytes]:
    """The events of a stream, numbered; an error is an event of its own."""
    writer = Writer()
    begun: dict[str, Any] = {**head, "status": "in_progress", "usage": None, "error": None}
    begun["output"] = list[Any]()
    numbered: list[dict[str, Any]] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
    ]
    number = 0
    async for batch in _batches(writer, head, coming, numbered):
        for one in batch:
            yield event({**one, "sequence_number": number}, one["type"])
            number += 1


async def _batches(
    writer: Writer,
    head: dict[str, Any],
    coming: AsyncIterable[Piece],
    first: list[dict[str, Any]],
) -> AsyncGenerator[list[dict[str, Any]]]:
    yield first
    async for piece in coming:
        if isinstance(piece, Ended):
            yield writer.finish()
            whole = _response(head, writer.items, piece)
            yield [{"type": f"response.{whole['status']}", "response": whole}]
        else:
            yield writer.add(piece)


def _response(head: dict[str, Any], items: Items, end: Ended) -> dict[str, Any]:
    finish: Finish = end.finishes[0]
    cut = finish in ("length", "content_filter")
    reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
    return head | {
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": reasons[finish]} if cut else None,
        "error": None,
        "output": items.output("incomplete" if cut else "completed"),
        "usage": _usage(end.usage),
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
