"""What goes wrong between us and a server, as `ModelError`: one line that names the server.

Says what to do, whether the same request may succeed later, and never the API key.
"""

import errno
import math
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import openai
from pydantic import BaseModel, ValidationError

from redraft.core import ModelError

_TRANSIENT = frozenset({408, 409, 425, 429})
_HOPELESS = frozenset({501, 505})
_TOO_LONG = re.compile(r"maximum context length|maximum model length|context_length_exceeded")
_WORDS = 300


class _Error(BaseModel):
    message: str


class _Body(BaseModel):
    error: _Error


@dataclass(frozen=True, slots=True)
class Address:
    """Which model at which server; `secret` is blotted out of every message."""

    url: str
    model: str
    secret: str

    def blot(self, text: str) -> str:
        """`text` on one line, bounded, without the key."""
        line = " ".join(text[: 4 * _WORDS].split())
        line = line.replace(self.secret, "***") if self.secret else line
        return line if len(line) <= _WORDS else f"{line[:_WORDS]}…"


def explain(error: Exception, address: Address) -> ModelError:
    """The `ModelError` for an error of the SDK or of the transport under it."""
    if isinstance(error, openai.APIStatusError):
        return _refused(error, address)
    for cause in _causes(error):
        if isinstance(cause, aiohttp.ClientConnectorError):
            return _unreachable(cause, address)
        if isinstance(cause, aiohttp.ClientPayloadError):
            return ModelError(f"{address.url} cut its answer short", transient=True)
        if isinstance(cause, aiohttp.ClientConnectionError):
            return ModelError(
                f"{address.url} closed the connection without an answer", transient=True
            )
    words = address.blot(str(error.__cause__ or error)) or type(error).__name__
    return ModelError(f"{address.url} cannot be talked to: {words}", transient=True)


def unreadable(error: Exception, address: Address) -> ModelError:
    """The error for a piece of a stream that is no JSON or has the wrong shape."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return ModelError(f"{address.url} sent a piece that is not JSON", transient=True)
    first = cause.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "chunk"
    return ModelError(
        f"{address.url} sent a piece of the wrong shape ({place}: {first['msg'].lower()})"
    )


def overdue(address: Address, seconds: float) -> ModelError:
    """The error for a server that did not answer in time."""
    return ModelError(
        f"{address.url} gave no answer within {seconds:g} s; raise the time-out or ask for "
        "fewer tokens",
        transient=True,
    )


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for: a number or an HTTP date (RFC 9110)."""
    if not value:
        return None
    try:
        seconds = float(value)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _unreachable(error: aiohttp.ClientConnectorError, address: Address) -> ModelError:
    host = f"{error.host}:{error.port}"
    reason = error.os_error
    if isinstance(reason, socket.gaierror):
        passing = reason.errno == socket.EAI_AGAIN
        line = f"{address.url}: no address for host {error.host!r}; check the URL"
        return ModelError(line, transient=passing)
    if reason.errno in (errno.EMFILE, errno.ENFILE):
        return ModelError(
            f"{address.url}: too many open connections; raise `ulimit -n` or lower --concurrency"
        )
    if isinstance(reason, ConnectionRefusedError):
        why = f"nothing listens on {host}; is the server running?"
    else:
        why = f"no connection to {host} ({address.blot(str(reason))})"
    return ModelError(f"{address.url}: {why}", transient=True)


def _refused(error: openai.APIStatusError, address: Address) -> ModelError:
    status = error.status_code
    words = address.blot(_words(error))
    if _TOO_LONG.search(words) and status < 500:
        advice = f"the prompt is too long for {address.model!r}: {words}"
    elif status in (401, 403):
        advice = f"the API key was refused (HTTP {status}); give the key that this server expects"
    elif status == 404:
        advice = (
            f"HTTP 404 for model {address.model!r}: {words}; check the model's name and that the "
            "URL ends where the API begins (often /v1)"
        )
    elif 300 <= status < 400:
        target = address.blot(error.response.headers.get("location", "elsewhere"))
        advice = f"redirects to {target} (HTTP {status}); give the final URL"
    else:
        advice = f"HTTP {status}: {words}"
    wish = retry_after(error.response.headers.get("retry-after"), datetime.now(UTC))
    passing = status in _TRANSIENT or (status >= 500 and status not in _HOPELESS)
    return ModelError(
        f"{address.url}: {advice}", status=status, transient=passing, retry_after=wish
    )


def _words(error: openai.APIStatusError) -> str:
    """The server's own message; nothing of a web page."""
    text = error.response.text.strip()
    try:
        return _Body.model_validate_json(text).error.message
    except ValidationError:
        pass
    return "(a web page)" if text.startswith("<") else text or error.response.reason_phrase
