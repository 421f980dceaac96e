"""The OpenAI chat format: a `Request` as a body, and a body as choices.

Pure functions; the extra fields are vLLM's. What a server sends is checked against the shape
that is read here, and everything else in it is ignored.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from redraft.core import Choice, Finish, Message, ModelError, Reply, Request, ToolCall
from redraft.models.thinktags import split_thinking
from redraft.models.usage import WireUsage, measure

B = TypeVar("B", bound=BaseModel)
Body = dict[str, Any]


class _Function(BaseModel):
    name: str
    arguments: str


class _Call(BaseModel):
    id: str = ""
    function: _Function


class _Message(BaseModel):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice]
    usage: WireUsage | None = None


_FINISH: dict[str | None, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "abort": "error",
    "error": "error",
}


def body_of(request: Request, model: str) -> Body:
    """The body of `request`, without what depends on the server's handling of thinking."""
    sampling = request.sampling
    body: Body = {"model": model, "messages": messages_of(request)}
    if sampling.max_tokens is not None:
        body["max_tokens"] = sampling.max_tokens
    if sampling.n != 1:
        body["n"] = sampling.n
    if sampling.stop:
        body["stop"] = sampling.stop
    for name in ("temperature", "top_p", "seed"):
        value = getattr(sampling, name)
        if value is not None:
            body[name] = value
    if request.output_schema is not None:
        form = {"name": "output", "schema": request.output_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body | prompt_fields(request)


def prompt_fields(request: Request) -> Body:
    """The fields beside the messages that change the prompt's text."""
    fields: Body = {}
    if request.tools:
        fields["tools"] = [
            {"type": "function", "function": tool.model_dump()} for tool in request.tools
        ]
    if request.continue_final:
        fields |= {"continue_final_message": True, "add_generation_prompt": False}
    return fields


def messages_of(request: Request) -> list[Body]:
    """The messages; reasoning and tool calls only where there are any."""
    return [_message(message) for message in request.messages]


def _message(message: Message) -> Body:
    body: Body = {"role": message.role, "content": message.content}
    if message.reasoning:
        body["reasoning"] = message.reasoning
    if message.tool_call_id:
        body["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        body["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    return body


def reply_of(data: bytes, request: Request, model: str, seconds: float) -> Reply:
    """Read a server's answer; raises `ModelError` in words that lack only the server's address.

    A server that ignores `n` sends fewer choices than were asked for.
    """
    completion = parsed(_Completion, data)
    if not completion.choices:
        raise ModelError("sent an empty list of choices", transient=True)
    answering = request.continue_final and "</think>" in request.messages[-1].content
    choices = [
        _choice(choice, index, answering)
        for index, choice in enumerate(completion.choices[: request.sampling.n])
    ]
    usage, counted = measure(completion.usage, choices, request)
    if answering and not any(choice.reasoning for choice in choices):
        usage = usage.model_copy(update={"reasoning": 0})
    return Reply(choices=tuple(counted), usage=usage, model=model, seconds=seconds)


def parsed(shape: type[B], data: bytes) -> B:
    """A server's answer in the shape that is read of it; raises `ModelError` as `reply_of` does."""
    try:
        return shape.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    if data.lstrip()[:1] == b"<":
        raise ModelError("sent a web page, not JSON; check that the URL is that of the API")
    if first["type"] == "json_invalid":
        why = first["msg"].removeprefix("Invalid JSON: ")
        raise ModelError(f"sent invalid JSON ({why})", transient=True)
    place = ".".join(str(part) for part in first["loc"])
    raise ModelError(f"sent a reply of the wrong shape ({place}: {first['msg'].lower()})")


def _choice(wired: _Choice, index: int, answering: bool) -> Choice:
    """`answering` says that the thinking was closed in the prompt: then all text is content."""
    message = wired.message
    finish = _FINISH.get(wired.finish_reason, "stop")
    text = message.content or ""
    reasoning = message.reasoning or message.reasoning_content or ""
    calls = tuple(_call(call) for call in message.tool_calls or ())
    if not (wired.finish_reason or message.content is not None or reasoning or calls):
        raise ModelError(
            f"sent a reply of the wrong shape (choices.{index}.message: no content, reasoning, "
            "tool calls or finish reason)"
        )
    if answering and reasoning and not text:
        # Reasoning parsers that look at the completion alone take the forced answer for thought.
        reasoning, text = "", reasoning
    elif not reasoning:
        reasoning, text = split_thinking(text, cut=finish == "length")
    return Choice(content=text, reasoning=reasoning, tool_calls=calls, finish=finish)


def _call(call: _Call) -> ToolCall:
    return ToolCall(id=call.id, name=call.function.name, arguments=call.function.arguments)
