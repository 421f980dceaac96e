"""What can go wrong on the wire, as values that a test orders from the mock server."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One request answered wrongly.

    `body` is sent as it is; `None` means the right answer. `wait` seconds pass first (infinite:
    never answers). `cut` closes the connection after half of the body.
    """

    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"
    wait: float = 0.0
    cut: bool = False


CUT = Fault(cut=True)
SILENT = Fault(wait=math.inf)
INVALID_JSON = Fault(body=b'{"choices": [{"message": {"content": "4')
EMPTY_CHOICES = Fault(body=b'{"object": "chat.completion", "choices": []}')
NO_MESSAGE = Fault(body=b'{"object": "chat.completion", "choices": [{"index": 0}]}')
NULL_CONTENT = Fault(
    body=b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": null}}]}'
)
HTML = Fault(body=b"<html><body>Welcome to nginx</body></html>", content_type="text/html")
REDIRECT = Fault(status=302, headers={"Location": "http://elsewhere.invalid/v1"}, body=b"")


def http_error(code: int, *, retry_after: str = "", message: str = "ordered by the test") -> Fault:
    """An error of the server, with the `Retry-After` header where it is given."""
    return Fault(
        status=code,
        body=b'{"error": {"message": "%s", "code": %d}}' % (message.encode(), code),
        headers={"Retry-After": retry_after} if retry_after else {},
    )
