"""The chat completions that the mock server writes: pure functions from body to body."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redraft.testing.instance import instance
from redraft.testing.tokens import tokens

Body = Mapping[str, Any]
Written = str | Mapping[str, Any]
Answer = Callable[[Body], Written | Sequence[Written]]


def default_answer(body: Body) -> Sequence[Written]:
    """One text for each completion: a boxed digit chosen by the seed, or JSON by the schema."""
    n = body.get("n") or 1
    wanted = body.get("response_format")
    if wanted:
        return [json.dumps(instance(wanted["json_schema"]["schema"]))] * n
    seed = body.get("seed") or 0
    return [f"The answer is \\boxed{{{(seed + i) % 10}}}." for i in range(n)]


def completion(body: Body, answer: Answer, *, model: str, usage: bool) -> dict[str, Any]:
    """The answer to `body` in the shape of the OpenAI API, with vLLM's `reasoning`.

    `answer` gives texts or whole messages, one for all completions or one for each. Each is cut
    at `max_tokens`, reasoning first.
    """
    said = answer(body)
    n = body.get("n") or 1
    lines = [said] * n if isinstance(said, str | Mapping) else said
    choices = [_choice(index, line, body.get("max_tokens")) for index, line in enumerate(lines)]
    reply: dict[str, Any] = {
        "id": "mock",
        "object": "chat.completion",
        "model": model,
        "choices": choices,
    }
    if usage:
        reply["usage"] = _usage(body, [choice["message"] for choice in choices])
    return reply


def chunks(body: Body, reply: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`reply` as the chunks of a stream: word by word, then the finish reasons, then the usage."""
    frame = {"id": reply["id"], "object": "chat.completion.chunk", "model": reply["model"]}
    made: list[dict[str, Any]] = []
    for choice in reply["choices"]:
        place, message = choice["index"], choice["message"]
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        for field in ("reasoning", "reasoning_content", "content"):
            deltas += [{field: word} for word in _words(message.get(field) or "")]
        for number, call in enumerate(message.get("tool_calls") or ()):
            deltas.append({"tool_calls": [{"index": number, **call}]})
        made += [frame | {"choices": [_piece(place, delta, None)]} for delta in deltas]
        made.append(frame | {"choices": [_piece(place, {}, choice["finish_reason"])]})
    if (body.get("stream_options") or {}).get("include_usage"):
        made.append(frame | {"choices": [], "usage": reply.get("usage")})
    return made


def _piece(place: int, delta: Mapping[str, Any], finish: str | None) -> dict[str, Any]:
    return {"index": place, "delta": dict(delta), "finish_reason": finish}


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def prompt_tokens(body: Body) -> int:
    """Tokens of all messages, plus one for each."""
    return sum(tokens(message.get("content") or "") + 1 for message in body["messages"])


def _choice(index: int, line: Written, cap: int | None) -> dict[str, Any]:
    given = {"content": line} if isinstance(line, str) else dict(line)
    message: dict[str, Any] = {"role": "assistant", **given}
    finish = "tool_calls" if message.get("tool_calls") else "stop"
    if cap is not None and _tokens(message) > cap:
        room = cap * 4
        finish = "length"
        for field in ("reasoning", "reasoning_content", "content"):
            text = message.get(field)
            if text is not None:
                message[field] = text[:room] or None
                room -= min(room, tokens(text) * 4)
    return {"index": index, "message": message, "finish_reason": finish}


def _tokens(message: Body) -> int:
    fields = ("reasoning", "reasoning_content", "content")
    return sum(tokens(message.get(field) or "") for field in fields)


def _usage(body: Body, messages: Sequence[Body]) -> dict[str, Any]:
    prompt = prompt_tokens(body)
    output = sum(_tokens(message) for message in messages)
    reasoning = sum(
        tokens(message.get("reasoning") or message.get("reasoning_content") or "")
        for message in messages
    )
    return {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
