"""A client's messages as our own: for a graph a problem with its history, for a model a request."""

from collections.abc import Sequence

from redraft.core import Message, Problem, ToolCall
from redraft.server.body import Turn
from redraft.server.errors import ApiError


def messages_of(turns: Sequence[Turn]) -> tuple[Message, ...]:
    """The conversation; raises a 400 that names the message which cannot be taken."""
    return tuple(_message(turn, place) for place, turn in enumerate(turns))


def problem_of(turns: Sequence[Turn], name: str, *, tools: bool = False) -> Problem:
    """The last message as a problem called `name`, and the ones before it as its history.

    With `tools`, calls and their results may follow the user's message: they join the history.
    """
    messages = messages_of(turns)
    last = max((at for at, one in enumerate(messages) if one.role == "user"), default=-1)
    after = messages[last + 1 :]
    if last < 0 or (after and not (tools and after[-1].role == "tool")):
        raise ApiError(400, "messages: the last message must be the user's", param="messages")
    return Problem(id=name, prompt=messages[last].content, history=(*messages[:last], *after))


def _message(turn: Turn, place: int) -> Message:
    role = "system" if turn.role == "developer" else turn.role
    text = _text(turn, f"messages.{place}.content")
    if role == "user" and not text.strip():
        raise ApiError(400, f"messages.{place}: the user says nothing", param="messages")
    calls = tuple(
        ToolCall(id=call.id, name=call.function.name, arguments=call.function.arguments)
        for call in turn.tool_calls or ()
    )
    return Message(role=role, content=text, tool_calls=calls, tool_call_id=turn.tool_call_id or "")


def _text(turn: Turn, place: str) -> str:
    if turn.content is None or isinstance(turn.content, str):
        return turn.content or ""
    other = [part.type for part in turn.content if part.type != "text"]
    if other:
        raise ApiError(
            400, f"{place}: parts of type {other[0]!r:.40} cannot be read, only text", param=place
        )
    return "\n".join(part.text or "" for part in turn.content)
