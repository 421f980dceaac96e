"""A real HTTP server on loopback that speaks as vLLM's OpenAI API does, and fails on order.

Use it where the wire itself is under test, or as a process of its own (`redraft.testing.server`)
where a benchmark or a kill test must count what reaches a server.
"""

import asyncio
import json
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from redraft.testing.completions import (
    Answer,
    chunks,
    completion,
    default_answer,
    prompt_tokens,
)
from redraft.testing.embeddings import embeddings, longest_input
from redraft.testing.faults import Fault

_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Traits:
    """What kind of server the mock is. `vllm` adds `/version` and `/tokenize`.

    `dimensions` is the length of its embeddings; with 0 it gives none, as a vLLM that chats.
    """

    models: tuple[str, ...] = ("mock",)
    max_model_len: int = 32768
    dimensions: int = 32
    vllm: bool = True
    thinking_budget: bool = False
    usage: bool = True
    api_key: str = ""


@dataclass(slots=True)
class Stats:
    """What reached the server: chat requests, those in progress, and those given up by clients.

    `completions` counts choices of finished requests, `embedded` the texts of finished requests
    for embeddings, which count as chat requests in all else; `headers` are the last request's.
    """

    requests: int = 0
    in_flight: int = 0
    peak: int = 0
    aborted: int = 0
    completions: int = 0
    embedded: int = 0
    bodies: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class MockServer:
    """`async with MockServer(answer, delay=0.05) as server:` serves at `server.url`.

    `answer` writes the completions (see `redraft.testing.completions`), `delay` seconds pass
    before each reply and `pause` seconds after each piece of one that is streamed. `faults` befall
    the first chat requests, one each, in order; more can be ordered with `order`. `stats` says what
    reached the server; the last 1,000 request bodies are in `stats.bodies`.
    """

    def __init__(
        self,
        answer: Answer = default_answer,
        *,
        delay: float = 0.0,
        pause: float = 0.0,
        faults: Iterable[Fault] = (),
        traits: Traits = Traits(),
        port: int = 0,
    ) -> None:
        self.stats = Stats()
        self.url = ""
        self._answer = answer
        self._delay = delay
        self._pause = pause
        self._faults = deque(faults)
        self._traits = traits
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._moved = asyncio.Event()

    @property
    def requests(self) -> int:
        """How many chat requests came in."""
        return self.stats.requests

    @property
    def in_flight(self) -> int:
        """How many chat requests are being answered now."""
        return self.stats.in_flight

    @property
    def peak(self) -> int:
        """The most chat requests that were in flight at one time."""
        return self.stats.peak

    def order(self, *faults: Fault) -> None:
        """Let these befall the next chat requests, one each."""
        self._faults.extend(faults)

    async def until(self, in_flight: int) -> None:
        """Wait until exactly so many chat requests are being answered."""
        while self.stats.in_flight != in_flight:
            self._moved.clear()
            await self._moved.wait()

    async def __aenter__(self) -> Self:
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=4096).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        key = self._traits.api_key
        if key and request.headers.get("Authorization") != f"Bearer {key}":
            return _error(401, "Unauthorized")
        if request.path == "/v1/chat/completions":
            return await self._answered(request)
        if request.path == "/v1/embeddings" and self._traits.dimensions:
            return await self._answered(request)
        if request.path == "/tokenize" and self._traits.vllm:
            return self._tokenize(await request.json())
        page = self._page(request.path)
        return _error(404, f"no such path: {request.path}") if page is None else _json(page)

    def _page(self, path: str) -> dict[str, Any] | None:
        match path:
            case "/v1/models":
                return {"object": "list", "data": [self._card(name) for name in self._models]}
            case "/version" if self._traits.vllm:
                return {"version": "0.32.0"}
            case "/stats":
                return self._numbers()
            case _:
                return None

    @property
    def _models(self) -> tuple[str, ...]:
        return self._traits.models

    def _numbers(self) -> dict[str, int]:
        stats = self.stats
        names = ("requests", "in_flight", "peak", "aborted", "completions")
        return {name: getattr(stats, name) for name in names}

    def _card(self, model: str) -> dict[str, Any]:
        card: dict[str, Any] = {"id": model, "object": "model"}
        if self._traits.vllm:
            card.update(owned_by="vllm", max_model_len=self._traits.max_model_len)
        return card

    def _tokenize(self, body: dict[str, Any]) -> web.Response:
        count = prompt_tokens(body)
        return _json({"count": count, "max_model_len": self._traits.max_model_len, "tokens": []})

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        stats = self.stats
        stats.requests += 1
        stats.in_flight += 1
        stats.peak = max(stats.peak, stats.in_flight)
        self._moved.set()
        fault = self._faults.popleft() if self._faults else None
        try:
            body = json.loads(await request.read())
            stats.bodies.append(body)
            stats.headers = request.headers
            return await self._reply(request, body, fault)
        except asyncio.CancelledError:
            stats.aborted += 1
            raise
        finally:
            stats.in_flight -= 1
            self._moved.set()

    async def _reply(
        self, request: web.BaseRequest, body: dict[str, Any], fault: Fault | None
    ) -> web.StreamResponse:
        await _pause(self._delay + (fault.wait if fault else 0.0))
        refusal = self._refusal(body)
        if refusal is not None:
            return refusal
        if fault is not None and fault.body is not None:
            return _faulty(fault, fault.body)
        reply = self._written(body)
        if body.get("stream"):
            return await self._streamed(request, chunks(body, reply), fault)
        if fault is not None and fault.cut:
            return await _cut(request, json.dumps(reply).encode())
        self.stats.completions += len(reply.get("choices", ()))
        self.stats.embedded += len(reply.get("data", ()))
        return _json(reply)

    async def _streamed(
        self, request: web.BaseRequest, pieces: Sequence[dict[str, Any]], fault: Fault | None
    ) -> web.StreamResponse:
        """Server-sent events, `pause` seconds apart; a cut leaves off in the middle."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        last = len(pieces) // 2 if fault is not None and fault.cut else len(pieces)
        for piece in pieces[:last]:
            await response.write(b"data: %s\n\n" % json.dumps(piece).encode())
            await _pause(self._pause)
        if last < len(pieces):
            request.transport.close() if request.transport else None
            return response
        self.stats.completions += len(pieces[0]["choices"])
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    def _written(self, body: dict[str, Any]) -> dict[str, Any]:
        usage = self._traits.usage
        if "input" in body:
            return embeddings(body, dimensions=self._traits.dimensions, usage=usage)
        return completion(body, self._answer, model=body["model"], usage=usage)

    def _refusal(self, body: dict[str, Any]) -> web.Response | None:
        """The errors that vLLM 0.32 gives for what it cannot do, in its words."""
        limit = self._traits.max_model_len
        prompt = longest_input(body) if "input" in body else prompt_tokens(body)
        if body["model"] not in self._models:
            return _error(404, f"The model `{body['model']}` does not exist.")
        if (body.get("max_tokens") or 0) > limit:
            return _error(
                400,
                f"max_tokens={body['max_tokens']} cannot be greater than max_model_len={limit}. "
                "Please request fewer output tokens.",
            )
        if prompt >= limit:
            return _error(
                400,
                f"This model's maximum context length is {limit} tokens. However, your prompt "
                f"contains {prompt} input tokens, which exceeds this limit even without any "
                "output tokens. Please reduce the length of the input prompt.",
            )
        if "thinking_token_budget" in body and not self._traits.thinking_budget:
            return _error(
                400,
                "thinking_token_budget is set but reasoning_config is not configured. Please set "
                "--reasoning-parser and/or --reasoning-config to use thinking_token_budget.",
            )
        return None


async def _pause(seconds: float) -> None:
    if math.isinf(seconds):
        await asyncio.get_running_loop().create_future()
    elif seconds:
        await asyncio.sleep(seconds)


def _json(body: object, status: int = 200) -> web.Response:
    data = json.dumps(body, separators=(",", ":")).encode()
    return web.Response(body=data, status=status, content_type="application/json")


def _error(status: int, message: str) -> web.Response:
    return _json({"error": {"message": message, "code": status}}, status)


def _faulty(fault: Fault, body: bytes) -> web.Response:
    return web.Response(
        body=body, status=fault.status, headers=fault.headers, content_type=fault.content_type
    )


async def _cut(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response
