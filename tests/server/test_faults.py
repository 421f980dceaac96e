"""What a client sees when something goes wrong behind the server, or when it does not read."""

import asyncio
import json

import httpx2
import openai
import pytest

from redraft.core import Usage
from redraft.server.errors import ApiError
from redraft.server.pieces import Ended, Said, pieces
from redraft.testing import CUT, EMPTY_CHOICES, HTML, INVALID_JSON, NO_MESSAGE, SILENT, http_error

QUESTION = [{"role": "user", "content": "What is 6 times 7?"}]
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


async def test_a_graph_goes_on_without_what_failed(serve):
    served = await serve(lambda body: "\\boxed{42}")
    served.upstream.order(http_error(503))
    reply = await posted(served, "critique")
    assert reply.status_code in (200, 503)


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
