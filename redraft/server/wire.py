"""Pieces of an answer in the OpenAI format: as the chunks of a stream, or as one completion.

Reasoning stands in `reasoning_content` and in `reasoning`, since clients read one or the other.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redraft.core import Finish, ToolCall, Usage
from redraft.server.pieces import Ended, Piece, Said

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """What all chunks of an answer have in common; `n` choices are given."""

    id: str
    created: int
    model: str
    n: int = 1

    def body(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        """An object of the API with these choices."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }


@dataclass(slots=True)
class Gathered:
    """One whole answer, put together from its pieces."""

    content: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: list[ToolCall] = field(default_factory=list[ToolCall])

    def add(self, said: Said) -> None:
        """Take in the next piece."""
        self.content.append(said.content)
        self.reasoning.append(said.reasoning)
        self.calls += said.calls

    @property
    def text(self) -> str:
        """The answer's text."""
        return "".join(self.content)

    @property
    def thought(self) -> str:
        """The reasoning before it."""
        return "".join(self.reasoning).strip()


async def gathered(pieces: AsyncIterable[Piece], n: int) -> tuple[list[Gathered], Ended]:
    """All of `n` answers at once, and how they ended."""
    answers = [Gathered() for _ in range(n)]
    end = Ended(("stop",) * n, Usage())
    async for piece in pieces:
        if isinstance(piece, Said):
            answers[piece.index].add(piece)
        else:
            end = piece
    return answers, end


async def chunks(
    frame: Frame, pieces: AsyncIterable[Piece], *, usage: bool
) -> AsyncGenerator[dict[str, Any]]:
    """The chunks of a stream: who speaks, the pieces, how it ended, and `usage` if wanted."""
    for place in range(frame.n):
        yield _chunk(frame, {"role": "assistant", "content": ""}, None, place)
    called = [0] * frame.n
    async for piece in pieces:
        if isinstance(piece, Said):
            yield _chunk(frame, _fields(piece, called[piece.index]), None, piece.index)
            called[piece.index] += len(piece.calls)
        else:
            for place, finish in enumerate(piece.finishes):
                yield _chunk(frame, {}, _ending(finish), place)
            if usage:
                yield frame.body("chat.completion.chunk", []) | {"usage": usage_body(piece.usage)}


async def completion(frame: Frame, pieces: AsyncIterable[Piece]) -> dict[str, Any]:
    """The whole answer at once."""
    answers, end = await gathered(pieces, frame.n)
    choices = [
        {
            "index": place,
            "message": _message(answer),
            "finish_reason": _ending(finish),
            "logprobs": None,
        }
        for place, (answer, finish) in enumerate(zip(answers, end.finishes, strict=True))
    ]
    return frame.body("chat.completion", choices) | {"usage": usage_body(end.usage)}


def usage_body(usage: Usage) -> dict[str, Any]:
    """`usage` as clients read it."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def event(body: dict[str, Any], name: str = "") -> bytes:
    """`body` as a server-sent event, with a name where it has one."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return (b"event: %s\n" % name.encode() if name else b"") + b"data: %s\n\n" % data


def _chunk(frame: Frame, delta: dict[str, Any], finish: str | None, place: int) -> dict[str, Any]:
    choice = {"index": place, "delta": delta, "finish_reason": finish}
    return frame.body("chat.completion.chunk", [choice])


def _fields(said: Said, called: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if said.reasoning:
        fields |= {"reasoning_content": said.reasoning, "reasoning": said.reasoning}
    if said.content:
        fields["content"] = said.content
    if said.calls:
        numbered = enumerate(_calls(said.calls), start=called)
        fields["tool_calls"] = [{"index": number, **call} for number, call in numbered]
    return fields


def _message(answer: Gathered) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.thought:
        message |= {"reasoning_content": answer.thought, "reasoning": answer.thought}
    if answer.calls:
        message |= {"content": answer.text or None, "tool_calls": _calls(answer.calls)}
    return message


def _calls(calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in calls
    ]


def _ending(finish: Finish) -> str:
    """`finish` as the API names it, which knows no error there."""
    return "stop" if finish == "error" else finish
