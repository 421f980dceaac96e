"""A completion that is heard while it is written is the same reply as one that is not."""

import asyncio

import pytest

from redraft.core import Delta, Message, ModelError, Reply, Request, Sampling, ToolSpec
from redraft.models import Endpoint, Retry
from redraft.models.streamed import Thinking
from redraft.testing import CUT, Fault, MockServer, http_error

USER = Message(role="user", content="What is 6 times 7?")
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}


class Heard:
    """Both ways of asking the same server, and the pieces that came in the second."""

    def __init__(self, server: MockServer, **fields) -> None:
        self.endpoint = Endpoint(server.url, "mock", timeout=30)
        self.request = Request(messages=(USER,), **fields)
        self.pieces: list[Delta] = []

    async def whole(self) -> Reply:
        return await self.endpoint(self.request)

    async def listening(self, model=None) -> Reply:
        heard = self.request.model_copy(update={"on_delta": self.pieces.append})
        return await (model or self.endpoint)(heard)

    def said(self, field: str) -> str:
        return "".join(getattr(piece, field) for piece in self.pieces)


@pytest.fixture
async def hear():
    opened = []

    async def start(answer, *, faults=(), pause=0.0, **fields):
        server = await MockServer(answer, faults=faults, pause=pause).__aenter__()
        heard = Heard(server, **fields)
        opened.append((server, heard))
        return heard, server

    yield start
    for server, heard in opened:
        await heard.endpoint.aclose()
        await server.__aexit__()


@pytest.mark.parametrize(
    "said",
    [
        {"content": "It is 42, as 6 times 7."},
        {"content": "It is 42.", "reasoning": "Six sevens are forty-two."},
        {"content": "It is 42.", "reasoning_content": "Six sevens are forty-two."},
        {"content": "<think>\nSix sevens are 42.\n</think>\n\nIt is 42."},
        {"content": None, "tool_calls": [CALL]},
        {"content": ""},
    ],
)
async def test_the_reply_is_that_of_a_call_that_nobody_hears(hear, said):
    heard, server = await hear(lambda body: said, tools=(ToolSpec(name="add"),))
    plain, live = await heard.whole(), await heard.listening()
    assert server.stats.bodies[-1]["stream"] is True
    assert live.model_copy(update={"seconds": 0.0}) == plain.model_copy(update={"seconds": 0.0})
    choice = plain.choices[0]
    assert heard.said("content").strip() == choice.content.strip()
    assert heard.said("reasoning").strip() == choice.reasoning.strip()


async def test_the_first_piece_is_heard_long_before_the_last(hear):
    heard, server = await hear(lambda body: "one two three", pause=0.05)
    asking = asyncio.create_task(heard.listening())
    while not heard.pieces:
        await asyncio.sleep(0.005)
    assert server.in_flight == 1
    assert heard.said("content") != "one two three"
    assert (await asking).choices[0].content == "one two three"


async def test_what_is_heard_is_no_part_of_the_key(hear):
    heard, _ = await hear(lambda body: "x", sampling=Sampling(seed=1))
    with_ear = heard.request.model_copy(update={"on_delta": heard.pieces.append})
    assert with_ear.key("mock") == heard.request.key("mock")


async def test_a_failure_before_the_first_piece_is_tried_again(hear):
    heard, server = await hear(lambda body: "It is 42.", faults=[http_error(503)])
    retry = Retry(heard.endpoint, sleep=_at_once)
    assert (await heard.listening(retry)).choices[0].content == "It is 42."
    assert server.requests == 2
    assert heard.said("content") == "It is 42."


async def test_a_failure_in_the_middle_is_told_and_not_tried_again(hear):
    heard, server = await hear(lambda body: "one two three four five six", faults=[CUT])
    with pytest.raises(ModelError, match="in the middle of an answer") as told:
        await heard.listening(Retry(heard.endpoint, sleep=_at_once))
    assert not told.value.transient
    assert server.requests == 1


def event(*lines: str) -> Fault:
    """A stream of these lines, which then ends as if all had been said."""
    data = "".join(f"data: {line}\n\n" for line in lines)
    return Fault(body=data.encode(), content_type="text/event-stream")


ONE = '{"choices": [{"index": 0, "delta": {"content": "one "}}]}'
NONSENSE = {
    "not json": ("{oops", "sent a piece that is not JSON"),
    "too deep": ("[" * 100_000, "sent a piece that is not JSON"),
    "a list": ("[1]", r"sent a piece of the wrong shape \(chunk: "),
    "a number": (
        '{"choices": [{"delta": {"content": 5}}]}',
        r"of the wrong shape \(choices.0.delta.content: input should be a valid string",
    ),
    "an error": ('{"error": {"message": "the engine died"}}', "the engine died"),
    "the end": ("", "cut its answer short"),
}


@pytest.mark.parametrize(("line", "words"), NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_in_the_middle_is_told_with_the_server(hear, line, words):
    heard, server = await hear(lambda body: "", faults=[event(ONE, line) if line else event(ONE)])
    with pytest.raises(ModelError, match=words) as told:
        await heard.listening(Retry(heard.endpoint, sleep=_at_once))
    assert str(told.value).startswith(server.url)
    assert heard.said("content") == "one "
    assert server.requests == 1


async def test_pieces_without_choices_are_passed_over(hear):
    ended = '{"choices": [{"index": 0, "delta": null, "finish_reason": "length"}]}'
    empty = ('{"choices": null}', '{"choices": []}', '{"choices": [{"delta": {}}]}')
    heard, _ = await hear(lambda body: "", faults=[event(ONE, *empty, ended, "[DONE]")])
    choice = (await heard.listening()).choices[0]
    assert (choice.content, choice.finish) == ("one ", "length")


async def test_giving_up_closes_the_connection(hear):
    heard, server = await hear(lambda body: "word " * 200, pause=0.05)
    asking = asyncio.create_task(heard.listening())
    await server.until(1)
    asking.cancel()
    await server.until(0)
    assert server.stats.aborted == 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "reasoning", "content"),
    [
        ("<think>so</think>it is", "so", "it is"),
        ("<thing> is no tag", "", "<thing> is no tag"),
        ("a < b and </thin", "", "a < b and </thin"),
        ("<think>a </thin b", "a </thin b", ""),
        ("", "", ""),
    ],
)
def test_thinking_is_told_from_content_however_it_is_cut(size, text, reasoning, content):
    parts = Thinking()
    pieces = [parts.feed(text[i : i + size]) for i in range(0, len(text), size)] + [parts.rest()]
    assert "".join(piece.reasoning for piece in pieces) == reasoning
    assert "".join(piece.content for piece in pieces) == content


async def _at_once(seconds: float) -> None:
    return None
