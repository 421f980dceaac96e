"""Middleware around all routes: keys, sizes, request ids, safe headers, and a line for each."""

import time
from collections.abc import Callable

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redraft.server.config import Serving
from redraft.server.errors import ApiError
from redraft.server.keys import find_key, given_key
from redraft.server.turn import Turn, request_id

Told = Callable[[Turn, str, str, int], None]

OPEN_PATHS = ("/health",)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Watch:
    """Begins the `Turn` of each request and tells how it ended; the outermost of all.

    `told` hears the turn, the method, the path and the status.
    """

    def __init__(self, app: ASGIApp, told: Told) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; web sockets are not spoken here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        turn = Turn(request_id(Headers(scope=scope).get("x-request-id", "")))
        scope.setdefault("state", {})["turn"] = turn
        answered, broken_off = 500, False

        async def sending(message: Message) -> None:
            nonlocal answered, broken_off
            if message["type"] == "http.response.start":
                answered = message["status"]
                _secure(MutableHeaders(scope=message), turn.id)
            broken_off = message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            # Who leaves while a piece is sent ends a stream whose run hears of it only later.
            if broken_off and turn.status is None:
                turn.status, turn.error = 499, "the client went away"
            self._told(turn, scope["method"], scope["path"], turn.status or answered)


class Guard:
    """Lets in who has a key, and bodies that are not too large."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app = app
        self._serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if scope["path"] not in OPEN_PATHS:
                self._check(headers, scope["state"]["turn"])
        except ApiError as error:
            refusal = JSONResponse(error.body(), error.status, error.headers)
            await refusal(scope, receive, send)
            return
        await self._app(scope, _bounded(receive, self._serving.limits.body), send)

    def _check(self, headers: Headers, turn: Turn) -> None:
        if self._serving.keys:
            turn.key = find_key(self._serving.keys, given_key(headers))
            if turn.key is None:
                raise ApiError(
                    401,
                    "no valid key: send one as 'Authorization: Bearer KEY' or as 'x-api-key'",
                    code="invalid_api_key",
                    headers={"WWW-Authenticate": _scheme(headers)},
                )
        elif not self._serving.open and is_loopback(self._serving.host):
            # A web page elsewhere can give its own name the address of this machine.
            name = headers.get("host", "localhost")
            host = name if name.endswith("]") else name.rpartition(":")[0] or name
            if not is_loopback(host.strip("[]")):
                raise ApiError(403, f"this server has no keys and does not answer as {host!r:.80}")
        if int(headers.get("content-length") or 0) > self._serving.limits.body:
            raise _too_large(self._serving.limits.body)


def _scheme(headers: Headers) -> str:
    """How a key is to be sent; a browser that wants a page asks its user for a password."""
    return 'Basic realm="redraft"' if "text/html" in headers.get("accept", "") else "Bearer"


def is_loopback(host: str | None) -> bool:
    """Whether `host` is this machine alone."""
    return host in _LOOPBACK


def _secure(headers: MutableHeaders, name: str) -> None:
    headers["X-Request-ID"] = name
    for header, value in _SAFE.items():
        headers.setdefault(header, value)
    # A page brings the policy that suits it.
    if not headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")


def _bounded(receive: Receive, most: int) -> Receive:
    """`receive`, which raises a 413 at the byte that is one too many."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            error = _too_large(most)
            # FastAPI lets its own kind of error through while it reads a body, and no other.
            raise HTTPException(error.status, str(error))
        return message

    return receiving


def _too_large(most: int) -> ApiError:
    return ApiError(413, f"the request is larger than {most:,} bytes")


def seconds_of(turn: Turn) -> float:
    """How long a turn has taken."""
    return time.perf_counter() - turn.began
