"""What is known of one request while it is answered: who asks, for what, and how it went."""

import json
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection

from redraft.core import Usage
from redraft.server.keys import Key

CHAT, BATCH = -1, 0
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)


@dataclass(slots=True)
class Turn:
    """One request. Times are readings of `time.perf_counter`.

    `expected` says that room is reserved for its run, which has not begun. `status` is what became
    of it where that is not the response's own: a stream that fails has begun with 200. `first` is
    when the first piece of the answer came.
    """

    id: str
    key: Key | None = None
    model: str = ""
    batch: bool = False
    expected: bool = False
    messages: Sequence[Any] = ()
    status: int | None = None
    error: str = ""
    usage: Usage | None = None
    began: float = field(default_factory=time.perf_counter)
    first: float | None = None

    @property
    def caller(self) -> str:
        """The name of the key; empty where none is asked for."""
        return self.key.name if self.key is not None else ""

    @property
    def priority(self) -> int:
        """What its calls have as `Request.priority`."""
        return BATCH if self.batch or (self.key is not None and self.key.batch) else CHAT

    def line(self, method: str, path: str, status: int, *, prompts: bool) -> str:
        """The request as a line of JSON."""
        now = time.perf_counter()
        fields: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "id": self.id,
            "method": method,
            "path": path,
            "key": self.caller,
            "model": self.model,
            "status": status,
            "seconds": round(now - self.began, 3),
        }
        if self.first is not None:
            fields["first_seconds"] = round(self.first - self.began, 3)
        if self.usage is not None:
            usage = self.usage
            fields |= {"input": usage.input, "output": usage.output, "reasoning": usage.reasoning}
        if self.error:
            fields["error"] = self.error
        if prompts and self.messages:
            fields["messages"] = self.messages
        return json.dumps(fields, ensure_ascii=False)


def turn_of(request: HTTPConnection) -> Turn:
    """The turn that the middleware began for `request`."""
    return request.state.turn


def request_id(wished: str) -> str:
    """A client's own id for its request where it can be taken, else a new one."""
    return wished if _ID.fullmatch(wished) else f"req-{secrets.token_hex(12)}"
