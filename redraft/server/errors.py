"""Errors as the OpenAI API words them, and which of ours is which."""

from collections.abc import Mapping
from typing import Any

from redraft.core import BudgetError, InputError, ModelError, RedraftError


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
        fields = {"message": str(self), "type": kind, "param": self.param, "code": self.code}
        return {"error": fields}


def as_api_error(error: RedraftError) -> ApiError:
    """What a client is told of an error of ours.

    A failure that may pass is a 503, at which clients try again; one that will not is none.
    """
    if isinstance(error, InputError):
        return ApiError(400, str(error))
    if isinstance(error, BudgetError):
        return ApiError(400, str(error), code="budget_exhausted")
    if isinstance(error, ModelError) and error.transient:
        return ApiError(503, str(error), code="upstream_unavailable", headers={"Retry-After": "5"})
    refused = isinstance(error, ModelError) and error.status in (400, 413, 422)
    return ApiError(
        400 if refused else 500, str(error), headers={} if refused else {"x-should-retry": "false"}
    )
