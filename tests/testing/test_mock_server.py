"""The mock server answers, counts and fails as it is told to."""

import asyncio
import json
import os
import signal
import sys

import aiohttp
import pytest

from redraft.testing import (
    CUT,
    EMPTY_CHOICES,
    HTML,
    SILENT,
    Fault,
    MockServer,
    Traits,
    http_error,
)

HELLO = {"model": "mock", "messages": [{"role": "user", "content": "hello"}]}


async def ask(server, **fields):
    async with aiohttp.ClientSession() as session:
        url = f"{server.url}/chat/completions"
        async with session.post(url, json=HELLO | fields) as response:
            return response.status, await response.json()


async def get(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.json()


async def test_every_completion_has_its_own_text_chosen_by_the_seed():
    async with MockServer() as server:
        _, reply = await ask(server, n=3, seed=4)
    texts = [choice["message"]["content"] for choice in reply["choices"]]
    assert texts == [f"The answer is \\boxed{{{digit}}}." for digit in (4, 5, 6)]
    assert reply["usage"]["completion_tokens"] == 18


async def test_texts_that_share_words_have_vectors_that_are_alike():
    async with MockServer(traits=Traits(dimensions=64)) as server:
        url, texts = f"{server.url}/embeddings", ["add the parts", "Add two parts", "Draw a circle"]
        async with aiohttp.ClientSession() as session:
            async with session.post(url, json={"model": "mock", "input": texts}) as response:
                reply = await response.json()
            async with session.post(url, json={"model": "mock", "input": texts[0]}) as response:
                again = await response.json()
    one, near, far = (datum["embedding"] for datum in reply["data"])
    assert len(one) == 64
    assert sum(a * b for a, b in zip(one, near, strict=True)) > 0.5
    assert sum(a * b for a, b in zip(one, far, strict=True)) < 0.5
    assert again["data"][0]["embedding"] == one
    assert reply["usage"]["prompt_tokens"] == 12
    assert (server.requests, server.stats.embedded, server.stats.completions) == (2, 4, 0)


async def test_a_server_without_embeddings_has_no_such_path():
    async with (
        MockServer(traits=Traits(dimensions=0)) as server,
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/embeddings", json={"model": "mock", "input": "a"}) as response,
    ):
        assert response.status == 404


async def test_the_answer_function_sees_the_request():
    async with MockServer(lambda body: body["messages"][0]["content"].upper()) as server:
        _, reply = await ask(server, n=2)
    assert [choice["message"]["content"] for choice in reply["choices"]] == ["HELLO", "HELLO"]


async def test_asked_for_json_it_follows_the_schema():
    schema = {
        "type": "object",
        "properties": {
            "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}, "minItems": 2},
            "score": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "note": {"type": "string"},
        },
        "required": ["steps", "score"],
        "$defs": {"Step": {"properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}},
    }
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    async with MockServer() as server:
        _, reply = await ask(server, response_format=form)
    said = json.loads(reply["choices"][0]["message"]["content"])
    assert said == {"steps": [{"ok": True}, {"ok": True}], "score": 1}


async def test_the_cap_cuts_reasoning_first():
    async with MockServer(lambda _: {"reasoning": "abcd" * 3, "content": "efgh" * 3}) as server:
        _, within = await ask(server, max_tokens=5)
        _, short = await ask(server, max_tokens=2)
    choice = within["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["reasoning"] == "abcd" * 3
    assert choice["message"]["content"] == "efgh" * 2
    assert short["choices"][0]["message"]["reasoning"] == "abcd" * 2
    assert short["choices"][0]["message"]["content"] is None


async def test_faults_befall_the_first_requests_in_order():
    faults = (http_error(429, retry_after="3"), EMPTY_CHOICES)
    async with MockServer(faults=faults) as server, aiohttp.ClientSession() as session:
        url = f"{server.url}/chat/completions"
        async with session.post(url, json=HELLO) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "3")
        assert (await ask(server))[1]["choices"] == []
        assert len((await ask(server))[1]["choices"]) == 1
        server.order(HTML)
        async with session.post(url, json=HELLO) as response:
            assert response.content_type == "text/html"
        assert server.requests == 4


async def test_a_cut_reply_ends_early():
    async with MockServer(faults=[CUT]) as server:
        with pytest.raises(aiohttp.ClientPayloadError):
            await ask(server)


async def test_a_client_that_leaves_is_counted():
    async with MockServer(faults=[SILENT]) as server:
        call = asyncio.create_task(ask(server))
        await server.until(in_flight=1)
        call.cancel()
        await server.until(in_flight=0)
        assert server.stats.aborted == 1


async def test_slow_replies_overlap_and_the_peak_is_kept():
    async with MockServer(delay=0.05) as server:
        await asyncio.gather(*(ask(server) for _ in range(5)))
        _, stats = await get(server.url.removesuffix("/v1") + "/stats")
    assert stats == {"requests": 5, "in_flight": 0, "peak": 5, "aborted": 0, "completions": 5}


async def test_it_speaks_as_vllm_does_unless_it_is_plain():
    async with MockServer() as server:
        root = server.url.removesuffix("/v1")
        assert (await get(f"{root}/version"))[0] == 200
        assert (await get(f"{server.url}/models"))[1]["data"][0]["max_model_len"] == 32768
        assert (await ask(server, model="other"))[0] == 404
        assert (await ask(server, max_tokens=10**6))[0] == 400
        assert (await ask(server, thinking_token_budget=5))[0] == 400
    async with MockServer(traits=Traits(vllm=False)) as server:
        assert (await get(server.url.removesuffix("/v1") + "/version"))[0] == 404


async def test_a_wrong_key_is_refused():
    async with MockServer(traits=Traits(api_key="secret")) as server:
        assert (await ask(server))[0] == 401


async def test_a_slow_fault_waits_and_then_answers_rightly():
    async with MockServer(faults=[Fault(wait=0.01)]) as server:
        status, reply = await ask(server)
    assert status == 200
    assert reply["choices"]


async def test_as_a_process_it_prints_its_url_and_tells_its_stats():
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "redraft.testing.server", "--text", "forty-two"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/chat/completions", json=HELLO) as response:
            reply = await response.json()
        assert reply["choices"][0]["message"]["content"] == "forty-two"
        async with session.get(url.removesuffix("/v1") + "/stats") as response:
            assert (await response.json())["requests"] == 1
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (130, b"")
