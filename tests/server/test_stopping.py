"""A stop string ends the call that answers: nothing is generated that nobody sees."""

import asyncio

import pytest

from redraft.core import Choice, Delta, Message, Origin, Reply, Request, Usage
from redraft.models import Journaled
from redraft.server import Furnishing
from redraft.server.stopping import Stopping
from redraft.testing import Scripted

LONG = "It is 42. STOP " + "and so on " * 200
FINAL = Origin(problem="p", agent="draft", role="actor", final=True)


def asked(**fields):
    message = Message(role="user", content="What is 6 times 7?")
    return Request(messages=(message,), origin=FINAL, **fields)


class Telling:
    """Tells its pieces one by one, and then replies with them or goes on for ever."""

    name = "telling"

    def __init__(self, *pieces, ends=False):
        self.pieces = pieces
        self.ends = ends
        self.ended = 0

    async def __call__(self, request):
        try:
            for piece in self.pieces:
                request.on_delta(piece)
                await asyncio.sleep(0)
            if not self.ends:
                await asyncio.get_running_loop().create_future()
            text = "".join(piece.content for piece in self.pieces)
            return Reply(choices=(Choice(content=text),), usage=Usage())
        finally:
            self.ended += 1

    async def count(self, request):
        return 0


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("model", ["single", "pdr"])
async def test_the_call_that_answers_is_given_up_at_the_stop_string(serve, model, streamed):
    served = await serve(lambda body: LONG, pause=0.01)
    reply = await served.ask(model, stop=["STOP"], stream=streamed)
    if streamed:
        chunks = [chunk async for chunk in reply]
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        finish = chunks[-1].choices[0].finish_reason
    else:
        text, finish = reply.choices[0].message.content, reply.choices[0].finish_reason
    assert (text.strip(), finish) == ("It is 42.", "stop")
    async with asyncio.timeout(5):
        await served.upstream.until(0)
    assert served.upstream.stats.aborted == 1
    assert not any("stop" in body for body in served.upstream.stats.bodies)


async def test_a_stop_string_in_the_thinking_ends_nothing(serve):
    served = await serve(lambda body: {"reasoning": "first STOP then", "content": LONG})
    reply = await served.ask("single", stop="STOP")
    assert reply.choices[0].message.content == "It is 42. "
    assert "first STOP then" in reply.choices[0].message.reasoning_content
    assert reply.usage.completion_tokens_details.reasoning_tokens == 4
    assert reply.usage.completion_tokens == 4 + 3


async def test_a_thread_keeps_the_answer_as_it_was_seen(serve, tmp_path):
    heard = []

    def answer(body):
        heard.append([message["content"] for message in body["messages"]])
        return LONG

    furnishing = Furnishing(retries=0, threads=str(tmp_path / "threads.db"))
    served = await serve(answer, furnishing=furnishing)
    for text in ("What is 6 times 7?", "Sure?"):
        await served.ask("single", text, stop="STOP", extra_body={"redraft": {"thread": "t"}})
    assert "It is 42." in heard[1]
    assert served.upstream.requests == 2


async def test_what_might_have_begun_a_stop_string_is_passed_on_at_the_end():
    told = []
    telling = Telling(Delta(content="one "), Delta(content="STO"), ends=True)
    reply = await Stopping(telling, ["STOP"])(asked(on_delta=told.append))
    assert reply.choices[0].content == "one STO"
    assert [delta.content for delta in told] == ["one ", "STO"]


async def test_a_call_that_does_not_answer_goes_on():
    model = Stopping(Scripted(lambda request: LONG), ["STOP"])
    reply = await model(asked().model_copy(update={"origin": Origin(agent="draft")}))
    assert reply.choices[0].content == LONG


async def test_a_model_that_tells_nothing_in_between_is_cut_all_the_same():
    model = Stopping(Scripted(lambda request: LONG), ["STOP"])
    reply = await model(asked())
    assert (reply.choices[0].content, reply.choices[0].finish) == ("It is 42. ", "stop")


async def test_a_call_given_up_keeps_its_key_and_what_it_cost_is_marked_as_estimated():
    telling = Telling(Delta(reasoning="Hm."), Delta(content="It is 42. ST"), Delta(content="OP x"))
    told = []
    request = asked(on_delta=told.append)
    reply = await Stopping(Journaled(telling, None), ["STOP"])(request)
    assert telling.ended == 1
    assert told == [Delta(reasoning="Hm."), Delta(content="It is 42. ")]
    assert reply.key == request.key("telling")
    assert reply.usage.estimated
    assert (reply.usage.output, reply.usage.reasoning) == (4, 1)


async def test_whoever_goes_away_ends_the_call_even_at_a_stop_string():
    telling = Telling(Delta(content="one STOP"))
    request = asked(on_delta=lambda delta: asking.cancel())
    asking = asyncio.ensure_future(Stopping(telling, ["STOP"])(request))
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert telling.ended == 1
