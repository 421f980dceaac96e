"""Reads the lines of an OpenAI batch file, where a problem is the body of a chat request.

The recipes bring their own messages, so the whole conversation becomes one prompt: its system
text first, then the user's; earlier turns are marked with who spoke. Sampling settings and the
model named in the body are not used.
"""

from collections.abc import Mapping
from typing import cast

from redraft.core import InputError

_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def is_chat(row: Mapping[str, object]) -> bool:
    """Whether `row` is a request of a batch file."""
    return "custom_id" in row and isinstance(row.get("body"), dict)


def read_chat(row: Mapping[str, object]) -> Mapping[str, object]:
    """The same entry with `prompt` and `id`; raises `InputError` without a place."""
    body = cast(Mapping[str, object], row["body"])
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InputError("body.messages: expected a list of messages (a chat completion request)")
    turns = [_turn(message, i) for i, message in enumerate(cast(list[object], messages))]
    if turns[-1][0] != "user":
        raise InputError(f"body.messages.{len(turns) - 1}: the last message must be the user's")
    system = [text for role, text in turns if role in ("system", "developer")]
    spoken = [(role, text) for role, text in turns if role in _SPEAKERS]
    if len(spoken) > 1:
        words = [f"{_SPEAKERS[role]}: {text}" for role, text in spoken]
    else:
        words = [text for _, text in spoken]
    rest = {name: value for name, value in row.items() if name not in ("body", "custom_id")}
    return {"id": row["custom_id"], "prompt": "\n\n".join((*system, *words)), **rest}


def _turn(message: object, index: int) -> tuple[str, str]:
    place = f"body.messages.{index}"
    if not isinstance(message, dict):
        raise InputError(f"{place}: expected an object with role and content")
    turn = cast(Mapping[str, object], message)
    role = turn.get("role")
    if role not in ("system", "developer", *_SPEAKERS):
        raise InputError(f"{place}.role: expected system, user or assistant, got {role!r:.40}")
    return str(role), _content(turn.get("content"), place)


def _content(content: object, place: str) -> str:
    if isinstance(content, str) and content.strip():
        return content.strip()
    if isinstance(content, list):
        texts = [_part(part) for part in cast(list[object], content)]
        if "".join(texts).strip():
            return "\n".join(texts).strip()
    raise InputError(f"{place}.content: expected text that is not empty")


def _part(part: object) -> str:
    match part:
        case {"type": "text", "text": str(text)}:
            return text
        case _:
            raise InputError("body.messages: only parts of type 'text' can be read")
