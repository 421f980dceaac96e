"""What a client sees when something goes wrong behind the server, or when it does not read."""

import asyncio
import json

import httpx2
import openai
import pytest

from redraft.core import Usage
from redraft.models import Endpoint
from redraft.server.errors import ApiError
from redraft.server.pieces import Ended, Said, pieces
from redraft.testing import (
    CUT,
    EMPTY_CHOICES,
    HTML,
    INVALID_JSON,
    NO_MESSAGE,
    SILENT,
    Fault,
    MockServer,
    Traits,
    http_error,
)

QUESTION = [{"role": "user", "content": "What is 6 times 7?"}]
BEGUN = b'data: {"choices": [{"index": 0, "delta": {"content": "It is"}}]}\n\n'


def begun(then=b""):
    """A stream that begins well."""
    return Fault(body=BEGUN + then, content_type="text/event-stream")


NONSENSE = {
    "not json": begun(b"data: {oops\n\n"),
    "a list": begun(b"data: [1]\n\n"),
    "another shape": begun(b'data: {"choices": [{"delta": {"content": {}}}]}\n\n'),
    "an error": begun(b'data: {"error": {"message": "the engine died"}}\n\n'),
    "bytes": begun(b"data: \xff\xfe\x00\n\n"),
    "the end": begun(),
}
EVERY = [
    CUT,
    EMPTY_CHOICES,
    HTML,
    INVALID_JSON,
    NO_MESSAGE,
    http_error(400),
    http_error(401),
    http_error(404),
    http_error(429, retry_after="7"),
    http_error(500),
    http_error(503),
]


async def posted(served, model, *, stream=False):
    body = {"model": model, "messages": QUESTION, "stream": stream}
    async with httpx2.AsyncClient(timeout=20) as client:
        return await client.post(f"{served.url}/v1/chat/completions", json=body)


@pytest.mark.parametrize("fault", EVERY, ids=str)
async def test_whatever_befalls_the_model_a_stream_ends_well_formed(serve, fault):
    served = await serve(faults=[fault])
    for model in ("mock", "single"):
        served.upstream.order(fault)
        reply = await posted(served, model, stream=True)
        frames = reply.text.split("\n\n")
        assert frames.pop() == ""
        told = [
            json.loads(frame.removeprefix("data: ")) for frame in frames if "[DONE]" not in frame
        ]
        assert told[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
        ended = frames[-1] == "data: [DONE]"
        assert ended != ("error" in told[-1])
        if not ended:
            assert set(told[-1]["error"]) == {"message", "type", "param", "code"}
            assert not any(c["finish_reason"] for one in told[:-1] for c in one["choices"])


@pytest.mark.parametrize("fault", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("model", ["mock", "single"])
async def test_nonsense_in_the_middle_of_an_answer_ends_it_with_an_error(serve, model, fault):
    served = await serve(faults=[fault])
    frames = (await posted(served, model, stream=True)).text.split("\n\n")
    told = [json.loads(frame.removeprefix("data: ")) for frame in frames if frame]
    said = [c["delta"].get("content") for one in told[:-1] for c in one["choices"]]
    assert "It is" in said
    assert set(told[-1]["error"]) == {"message", "type", "param", "code"}
    assert not any(c["finish_reason"] for one in told[:-1] for c in one["choices"])
    assert (await posted(served, model)).status_code == 200


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("model", ["pdr", "critique", "hint", "xolver"])
async def test_whatever_befalls_a_call_of_a_graph_its_stream_ends_well_formed(serve, model, before):
    served = await serve()
    for fault in (CUT, HTML, EMPTY_CHOICES, http_error(400), http_error(429), http_error(500)):
        served.upstream.order(*[Fault()] * before, fault)
        frames = (await posted(served, model, stream=True)).text.split("\n\n")
        assert frames.pop() == ""
        if frames[-1] == "data: [DONE]":
            last = json.loads(frames[-2].removeprefix("data: "))
            assert last["choices"][0]["finish_reason"] == "stop"
        else:
            error = json.loads(frames[-1].removeprefix("data: "))["error"]
            assert set(error) == {"message", "type", "param", "code"}
        # The next question meets no fault that this one did not.
        while served.upstream._faults:
            served.upstream._faults.popleft()
    assert served.upstream.in_flight == 0


@pytest.mark.parametrize("fault", [*EVERY, *NONSENSE.values()], ids=str)
async def test_a_response_that_fails_ends_with_an_event_that_says_so(serve, fault):
    served = await serve(faults=[fault])
    stream = await served.client.responses.create(model="single", input="6 x 7?", stream=True)
    last = [event async for event in stream][-1]
    assert last.type in ("error", "response.completed")
    assert last.type == "error" or last.response.output_text


async def test_a_model_that_takes_too_long_is_given_up(serve):
    async with (
        MockServer(faults=[SILENT] * 2, traits=Traits(models=("slow",))) as silent,
        Endpoint(silent.url, "slow", timeout=0.05) as slow,
    ):
        served = await serve(models={"critic": slow})
        reply = await posted(served, "slow")
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
        assert "gave no answer within 0.05 s" in reply.json()["error"]["message"]
        frames = (await posted(served, "slow", stream=True)).text.split("\n\n")
        assert json.loads(frames[-2].removeprefix("data: "))["error"]["type"] == "server_error"
        await silent.until(0)


async def test_a_run_that_is_out_of_time_says_so_and_leaves_the_model(serve):
    served = await serve(faults=[SILENT])
    extra = {"redraft": {"budget": {"seconds": 0.05}}}
    with pytest.raises(openai.APIError, match="time budget") as told:
        async for _ in await served.ask("vote", stream=True, extra_body=extra):
            pass
    assert told.value.code == "budget_exhausted"
    await served.upstream.until(0)


@pytest.mark.parametrize("model", ["mock", "single", "vote"])
@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        (http_error(503), 503, ("retry-after", "5")),
        (http_error(429, retry_after="7"), 429, ("retry-after", "7")),
        (CUT, 503, ("retry-after", "5")),
        (http_error(401), 500, ("x-should-retry", "false")),
        (http_error(400), 400, ("content-type", "application/json")),
    ],
    ids=str,
)
async def test_a_client_is_told_whether_to_ask_again(serve, model, fault, status, header):
    served = await serve(faults=[fault])
    reply = await posted(served, model)
    assert reply.status_code == status, reply.text
    assert reply.headers[header[0]] == header[1]
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


async def test_a_graph_goes_on_without_what_failed_and_says_so(serve):
    served = await serve(lambda body: "\\boxed{42}", faults=[Fault(), http_error(503)])
    reply = await posted(served, "critique")
    message = reply.json()["choices"][0]["message"]
    assert message["content"] == "\\boxed{42}"
    assert "One critique failed: “http" in message["reasoning"]


async def test_the_role_comes_and_then_signs_of_life_while_the_model_is_silent(serve):
    served = await serve(faults=[SILENT], ping_seconds=0.02)
    body = {"model": "mock", "messages": QUESTION, "stream": True}
    address = f"{served.url}/v1/chat/completions"
    async with httpx2.AsyncClient() as client, client.stream("POST", address, json=body) as reply:
        lines = reply.aiter_lines()
        first = await anext(lines)
        assert json.loads(first.removeprefix("data: "))["choices"][0]["delta"]["role"]
        await served.upstream.until(1)
        while await anext(lines) != ": ping":
            pass
        assert served.upstream.in_flight == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("GET", "/v1/chat/completions", 405), ("POST", "/health", 405)],
)
async def test_an_unknown_route_or_method_is_told_in_the_apis_shape(serve, method, path, status):
    served = await serve()
    async with httpx2.AsyncClient() as client:
        reply = await client.request(method, f"{served.url}{path}")
    assert reply.status_code == status
    assert f"{method} {path!r}" in reply.json()["error"]["message"]
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"model": "\\ud800", "messages": []}', b"\xff\xfe", b"[" * 5000]
)
async def test_a_body_that_cannot_be_read_is_a_400(serve, body):
    served = await serve()
    async with httpx2.AsyncClient() as client:
        headers = {"content-type": "application/json"}
        reply = await client.post(
            f"{served.url}/v1/chat/completions", content=body, headers=headers
        )
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b'{"model":', "application/json", "body: not JSON: Expecting value at character 9"),
        (b'{"model": "vote"}', "application/x-www-form-urlencoded", "Content-Type: application/js"),
    ],
)
async def test_a_body_is_told_what_is_wrong_with_it(serve, body, kind, words):
    served = await serve()
    async with httpx2.AsyncClient() as client:
        address = f"{served.url}/v1/chat/completions"
        reply = await client.post(address, content=body, headers={"content-type": kind})
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]
    assert reply.json()["error"]["param"] == "body"


async def test_what_nobody_reads_is_bounded_and_ends_the_work():
    stopped = asyncio.Event()

    async def work(tell):
        tell(Said("first"))
        await asyncio.sleep(0)
        try:
            while True:
                tell(Said("x" * 100))
                await asyncio.sleep(0)
        finally:
            stopped.set()

    coming = pieces(work, most=10_000)
    assert await anext(coming) == Said("first")
    await asyncio.wait_for(stopped.wait(), 5)
    with pytest.raises(ApiError, match="not read for too long"):
        await anext(coming)


async def test_what_waits_for_a_slow_reader_comes_in_one_piece():
    async def work(tell):
        for word in ("a", "b", "c"):
            tell(Said(reasoning=word))
        tell(Said("d"))
        tell(Said("e"))
        tell(Said("f", index=1))
        return Ended(("stop", "stop"), Usage())

    told = [piece async for piece in pieces(work)]
    assert told[:-1] == [Said(reasoning="abc"), Said("de"), Said("f", index=1)]


async def test_a_client_that_never_reads_holds_back_only_itself(serve):
    served = await serve(lambda body: "word " * 2000, delay=0.05)
    host, port = served.url.removeprefix("http://").split(":")
    body = json.dumps({"model": "mock", "messages": QUESTION, "stream": True}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    )
    _, writer = await asyncio.open_connection(host, int(port), limit=1)
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    try:
        async with asyncio.timeout(20):
            await served.upstream.until(1)
            reply = await served.ask("mock", "Another question")
            assert reply.choices[0].finish_reason == "stop"
            await served.upstream.until(0)
    finally:
        writer.transport.abort()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_the_sdk_does_not_ask_again_what_cannot_succeed(serve):
    served = await serve(faults=[http_error(401)] * 3)
    with pytest.raises(openai.InternalServerError):
        await served.client.with_options(max_retries=2).chat.completions.create(
            model="mock", messages=QUESTION
        )
    assert served.upstream.requests == 1
