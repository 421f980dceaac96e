"""Errors as the OpenAI API words them, and which of ours is which."""

import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from redraft.core import Budget, BudgetError, InputError, ModelError, RedraftError, StoreError
from redraft.models import nearest
from redraft.server.body import Extra

_WAIT = 5
# What the SDKs of OpenAI obey: they ask again after every 5xx that does not say so.
NO_RETRY = {"x-should-retry": "false"}


class ApiError(Exception):
    """An answer that is an error: `status`, a message, and what the message is about."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The JSON that clients read."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        if self.status == 429:
            kind = "rate_limit_error"
        fields = {"message": str(self), "type": kind, "param": self.param, "code": self.code}
        return {"error": fields}


def as_api_error(error: RedraftError) -> ApiError:
    """What a client is told of an error of ours.

    A failure that may pass is a 503 or 429, at which clients try again; one that will not is none.
    """
    if isinstance(error, InputError):
        return ApiError(400, str(error))
    if isinstance(error, BudgetError):
        return ApiError(400, str(error), code="budget_exhausted")
    if isinstance(error, ModelError) and _passes(error):
        busy = error.status == 429
        return ApiError(
            429 if busy else 503,
            str(error),
            code="rate_limit_exceeded" if busy else "upstream_unavailable",
            headers={"Retry-After": str(math.ceil(error.retry_after or _WAIT))},
        )
    if isinstance(error, StoreError) and error.transient:
        headers = {"Retry-After": str(_WAIT)}
        return ApiError(503, str(error), code="threads_unavailable", headers=headers)
    if isinstance(error, ModelError) and error.status in (400, 413, 422):
        return ApiError(400, str(error))
    return ApiError(500, str(error), headers=NO_RETRY)


def _passes(error: ModelError) -> bool:
    """Whether the client may ask again.

    We do not after an answer has begun, for its beginning was passed on; the client can.
    """
    cause = error.__cause__
    return error.transient or (isinstance(cause, ModelError) and cause.transient)


def unforeseen() -> ApiError:
    """What a client is told of a mistake in the server itself: nothing of its inside."""
    return ApiError(500, "the server made a mistake; its log says more", headers=NO_RETRY)


def tell_errors(app: FastAPI) -> None:
    """Have every error answered in the shape of the OpenAI API."""

    @app.exception_handler(ApiError)
    async def api(request: Request, error: ApiError) -> Response:
        return JSONResponse(error.body(), error.status, error.headers)

    @app.exception_handler(RedraftError)
    async def ours(request: Request, error: RedraftError) -> Response:
        return await api(request, as_api_error(error))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        why = str(error.detail)
        if error.status_code in (404, 405):
            why = f"{why}: {request.method} {request.url.path[:100]!r}"
        return await api(request, ApiError(error.status_code, why, headers=error.headers))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            why = f"body: not JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
            return await api(request, ApiError(400, why, param="body"))
        if first["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
            why = "body: send JSON with the header Content-Type: application/json"
            return await api(request, ApiError(400, why, param="body"))
        place = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        # A name in the body may be text that cannot be sent back as it is.
        place = place.encode(errors="backslashreplace").decode()[:200]
        why = first["msg"]
        if first["type"] == "extra_forbidden":
            table = Budget if "budget" in first["loc"] else Extra
            why = f"not known{nearest(first['loc'][-1], table.model_fields)}"
        return await api(request, ApiError(400, f"{place}: {why}", param=place))

    @app.exception_handler(Exception)
    async def other(request: Request, error: Exception) -> Response:
        return await api(request, unforeseen())
