"""A client's messages as our own: for a graph a problem with its history, for a model a request."""

from collections.abc import Sequence

from redraft.core import Message, Problem
from redraft.server.body import Turn
from redraft.server.errors import ApiError


def messages_of(turns: Sequence[Turn]) -> tuple[Message, ...]:
    """The conversation; raises a 400 that names the message which cannot be taken."""
    return tuple(_message(turn, place) for place, turn in enumerate(turns))


def problem_of(turns: Sequence[Turn], name: str) -> Problem:
    """The last message as a problem called `name`, and the ones before it as its history."""
    *history, last = messages_of(turns)
    if last.role != "user":
        raise ApiError(400, "the last message must be the user's", param="messages")
    return Problem(id=name, prompt=last.content, history=tuple(history))


def _message(turn: Turn, place: int) -> Message:
    role = "system" if turn.role == "developer" else turn.role
    text = _text(turn, f"messages.{place}.content")
    if role == "user" and not text.strip():
        raise ApiError(400, f"messages.{place}: the user says nothing", param="messages")
    return Message(role=role, content=text, tool_call_id=turn.tool_call_id or "")


def _text(turn: Turn, place: str) -> str:
    if turn.content is None or isinstance(turn.content, str):
        return turn.content or ""
    other = [part.type for part in turn.content if part.type != "text"]
    if other:
        raise ApiError(
            400, f"{place}: parts of type {other[0]!r:.40} cannot be read, only text", param=place
        )
    return "\n".join(part.text or "" for part in turn.content)
