"""Pieces of an answer in the OpenAI format: as the chunks of a stream, or as one completion.

Reasoning stands in `reasoning_content` and in `reasoning`, since clients read one or the other.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from typing import Any

from redraft.core import Delta, Usage
from redraft.server.thinking import Ended, Piece

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """What all chunks of an answer have in common."""

    id: str
    created: int
    model: str

    def body(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        """An object of the API with these choices."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }


async def chunks(
    frame: Frame, pieces: AsyncIterable[Piece], *, usage: bool
) -> AsyncGenerator[dict[str, Any]]:
    """The chunks of a stream: who speaks, the pieces, how it ended, and `usage` if wanted."""
    yield _chunk(frame, {"role": "assistant", "content": ""}, None)
    async for piece in pieces:
        if isinstance(piece, Delta):
            yield _chunk(frame, _fields(piece), None)
        else:
            yield _chunk(frame, {}, piece.finish)
            if usage:
                yield frame.body("chat.completion.chunk", []) | {"usage": usage_body(piece.usage)}


async def completion(frame: Frame, pieces: AsyncIterable[Piece]) -> dict[str, Any]:
    """The whole answer at once."""
    reasoning: list[str] = []
    content: list[str] = []
    end = Ended("stop", Usage())
    async for piece in pieces:
        if isinstance(piece, Delta):
            reasoning.append(piece.reasoning)
            content.append(piece.content)
        else:
            end = piece
    thought = "".join(reasoning).strip()
    message: dict[str, Any] = {"role": "assistant", "content": "".join(content)}
    if thought:
        message |= {"reasoning_content": thought, "reasoning": thought}
    choice = {"index": 0, "message": message, "finish_reason": end.finish, "logprobs": None}
    return frame.body("chat.completion", [choice]) | {"usage": usage_body(end.usage)}


def usage_body(usage: Usage) -> dict[str, Any]:
    """`usage` as clients read it."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def event(body: dict[str, Any]) -> bytes:
    """`body` as a server-sent event."""
    return b"data: %s\n\n" % json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _chunk(frame: Frame, delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return frame.body("chat.completion.chunk", [choice])


def _fields(delta: Delta) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if delta.reasoning:
        fields |= {"reasoning_content": delta.reasoning, "reasoning": delta.reasoning}
    if delta.content:
        fields["content"] = delta.content
    return fields
