"""A completion that is read while it is written: pieces for whoever listens, and at the end the
same bytes that the server would have sent in one."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from redraft.core import Delta

_TAGS = ("<think>", "</think>")


class _Function(BaseModel):
    name: str | None = None
    arguments: str | None = None


class _CallPart(BaseModel):
    index: int = 0
    id: str | None = None
    function: _Function | None = None


class _Delta(BaseModel):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_CallPart] | None = None


class _Piece(BaseModel):
    delta: _Delta | None = None
    finish_reason: str | None = None


class Chunk(BaseModel):
    """What is read of a chunk."""

    choices: list[_Piece] | None = None
    usage: dict[str, Any] | None = None

    @classmethod
    def build(cls, *, response: object, data: object) -> "Chunk":
        """A chunk of the SDK's JSON; unlike its own types it is sure to have its shape."""
        return cls.model_validate(data)


class Thinking:
    """Parts text into reasoning and content while it comes; see `split_thinking` for the whole.

    Only reasoning at the beginning is told apart, for what was passed on cannot be taken back.
    """

    def __init__(self) -> None:
        self._inside: bool | None = None
        self._held = ""

    def feed(self, text: str) -> Delta:
        """What of `text`, and of what was held back before it, is certain by now."""
        self._held += text
        if self._inside is None:
            begun = self._held.lstrip()
            if _TAGS[0].startswith(begun):
                return Delta()
            self._inside = begun.startswith(_TAGS[0])
            if self._inside:
                self._held = begun.removeprefix(_TAGS[0])
        if not self._inside:
            return Delta(content=self._all())
        thought, tag, said = self._held.partition(_TAGS[1])
        if tag:
            self._inside, self._held = False, ""
            return Delta(reasoning=thought, content=said.lstrip())
        sure = len(self._held) - _begun(self._held)
        thought, self._held = self._held[:sure], self._held[sure:]
        return Delta(reasoning=thought)

    def rest(self) -> Delta:
        """What was still held back when the text ended."""
        return Delta(reasoning=self._all()) if self._inside else Delta(content=self._all())

    def _all(self) -> str:
        text, self._held = self._held, ""
        return text


def _begun(text: str) -> int:
    """How many characters at the end of `text` may begin the closing tag."""
    tag = _TAGS[1]
    return next((size for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), 0)


class Assembly:
    """Gathers the chunks of one completion and tells `listen` of each piece of text."""

    def __init__(self, listen: Callable[[Delta], None]) -> None:
        self._listen = listen
        self._thinking = Thinking()
        self._texts: dict[str, list[str]] = {"content": [], "reasoning": []}
        self._calls: dict[int, dict[str, str]] = {}
        self._finish: str | None = None
        self._usage: dict[str, Any] | None = None
        self.begun = False

    @property
    def cut(self) -> bool:
        """Whether pieces came and no end: a connection may close as if all had been said."""
        return any(self._texts.values()) and self._finish is None and self._usage is None

    def add(self, chunk: Chunk) -> None:
        """Take in the next chunk."""
        if chunk.usage is not None:
            self._usage = chunk.usage
        for piece in (chunk.choices or ())[:1]:
            self._piece(piece)

    def body(self) -> bytes:
        """The whole completion, as a server sends it that does not stream."""
        self._tell(self._thinking.rest())
        calls = [
            {"id": call["id"], "function": {"name": call["name"], "arguments": call["arguments"]}}
            for _, call in sorted(self._calls.items())
        ]
        message = {name: "".join(parts) or None for name, parts in self._texts.items()}
        choice = {"message": message | {"tool_calls": calls}, "finish_reason": self._finish}
        return json.dumps({"choices": [choice], "usage": self._usage}).encode()

    def _piece(self, piece: _Piece) -> None:
        delta = piece.delta or _Delta()
        reasoning = delta.reasoning or delta.reasoning_content or ""
        self._texts["content"].append(delta.content or "")
        self._texts["reasoning"].append(reasoning)
        self._tell(Delta(reasoning=reasoning))
        self._tell(self._thinking.feed(delta.content or ""))
        for part in delta.tool_calls or ():
            call = self._calls.setdefault(part.index, {"id": "", "name": "", "arguments": ""})
            call["id"] = part.id or call["id"]
            if part.function is not None:
                call["name"] += part.function.name or ""
                call["arguments"] += part.function.arguments or ""
        self._finish = piece.finish_reason or self._finish

    def _tell(self, delta: Delta) -> None:
        if delta.content or delta.reasoning:
            self.begun = True
            self._listen(delta)
