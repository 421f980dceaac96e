"""Whatever a server does wrong becomes one clear line that names it and says what to do."""

import asyncio
import errno
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import openai
import pytest

from redraft.core import InputError, Message, ModelError, Request
from redraft.models import Endpoint
from redraft.models.errors import Address, explain, retry_after
from redraft.testing import (
    CUT,
    EMPTY_CHOICES,
    HTML,
    INVALID_JSON,
    NO_MESSAGE,
    NULL_CONTENT,
    REDIRECT,
    SILENT,
    Fault,
    MockServer,
    Traits,
    http_error,
)

KEY = "sk-a-very-secret-key"
HELLO = Request(messages=(Message(role="user", content="hello"),))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def failure(url, request=HELLO, *, key=KEY, seconds=30.0, ask=Endpoint.__call__):
    """The error of one call, after what holds for every error was checked."""
    endpoint = Endpoint(url, "mock", api_key=key, timeout=seconds)
    try:
        with pytest.raises(ModelError) as caught:
            await ask(endpoint, request)
    finally:
        await endpoint.aclose()
    line = str(caught.value)
    assert line.startswith(endpoint.url)
    assert "\n" not in line
    assert len(line) < 500
    assert KEY not in line
    return caught.value


async def ordered(fault, request=HELLO, **settings):
    async with MockServer(faults=[fault], **settings) as server:
        return await failure(server.url, request)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
async def test_what_passes_is_transient(status):
    error = await ordered(http_error(status, message="come back later"))
    assert (error.status, error.transient, error.retry_after) == (status, True, None)
    assert f"HTTP {status}: come back later" in str(error)


@pytest.mark.parametrize("status", [400, 402, 413, 422, 501])
async def test_what_cannot_heal_is_not_transient(status):
    error = await ordered(http_error(status, message="unknown field"))
    assert (error.status, error.transient) == (status, False)
    assert "unknown field" in str(error)


async def test_retry_after_in_seconds_and_as_a_date():
    assert (await ordered(http_error(429, retry_after="2.5"))).retry_after == 2.5
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    wish = (await ordered(http_error(503, retry_after=date))).retry_after
    assert 90 < wish <= 100


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("-5", 0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("Thu, 01 Jan 2026 00:01:00 -0000", 60),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
    ],
)
def test_reading_retry_after(value, seconds):
    assert retry_after(value, NOW) == seconds


async def test_nothing_listens():
    error = await failure(f"http://127.0.0.1:{free_port()}/v1")
    assert "is the server running?" in str(error)
    assert (error.status, error.transient) == (None, True)


async def test_a_host_without_address():
    error = await failure("http://no-such-host.invalid/v1")
    assert "no address for host 'no-such-host.invalid'; check the URL" in str(error)


async def test_too_many_open_connections(monkeypatch):
    def refuse(*arguments, **settings):
        raise OSError(errno.EMFILE, "Too many open files")

    async with MockServer() as server:
        monkeypatch.setattr(socket, "socket", refuse)
        error = await failure(server.url)
    assert "raise `ulimit -n` or lower --concurrency" in str(error)
    assert not error.transient


async def test_no_answer_in_time():
    async with MockServer(faults=[SILENT]) as server:
        error = await failure(server.url, seconds=0.5)
        await server.until(in_flight=0)
        assert server.stats.aborted == 1
    assert "gave no answer within 0.5 s" in str(error)
    assert error.transient


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key(status):
    error = await ordered(http_error(status, message=f"Incorrect key: {KEY}"))
    assert f"the API key was refused (HTTP {status})" in str(error)
    assert not error.transient


async def test_a_server_that_repeats_the_key():
    error = await ordered(http_error(500, message=f"cannot log in as {KEY}"))
    assert "cannot log in as ***" in str(error)


def test_user_and_password_in_the_url_are_refused_and_not_shown():
    with pytest.raises(InputError, match="at h: give a key instead") as caught:
        Endpoint("http://user:hush@h/v1", "mock")
    assert "hush" not in str(caught.value)


async def test_a_model_that_is_not_there():
    async with MockServer(traits=Traits(models=("other",))) as server:
        error = await failure(server.url)
    assert "HTTP 404 for model 'mock': The model `mock` does not exist.; check" in str(error)
    assert (error.status, error.transient) == (404, False)


@pytest.mark.parametrize("ask", [Endpoint.__call__, Endpoint.count])
async def test_a_prompt_longer_than_the_context(ask):
    long = Request(messages=(Message(role="user", content="word " * 200),))
    async with MockServer(traits=Traits(max_model_len=100)) as server:
        if ask is Endpoint.count:
            endpoint = Endpoint(server.url, "mock")
            assert await endpoint.count(long) == 251
            await endpoint.aclose()
            return
        error = await failure(server.url, long)
    assert "the prompt is too long for 'mock'" in str(error)
    assert "100 tokens" in str(error)
    assert "251 input tokens" in str(error)
    assert (error.status, error.transient) == (400, False)


async def test_a_reply_that_is_cut():
    error = await ordered(CUT)
    assert "cut its answer short" in str(error)
    assert error.transient


async def test_a_connection_closed_without_an_answer():
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        error = await failure(f"http://127.0.0.1:{port}/v1")
    assert "closed the connection without an answer" in str(error)
    assert error.transient


async def test_a_server_that_does_not_speak_http():
    async def babble(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await failure(f"http://127.0.0.1:{port}/v1")


async def test_invalid_json():
    error = await ordered(INVALID_JSON)
    assert "sent invalid JSON" in str(error)
    assert error.transient


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"null", b"[]", b'{"choices": 3}'])
async def test_bodies_that_are_no_completion(body):
    error = await ordered(Fault(body=body))
    assert "sent" in str(error)


async def test_an_empty_list_of_choices():
    error = await ordered(EMPTY_CHOICES)
    assert "empty list of choices" in str(error)
    assert error.transient


@pytest.mark.parametrize(
    ("fault", "place"),
    [(NO_MESSAGE, "choices.0.message: field required"), (NULL_CONTENT, "choices.0.message: no co")],
)
async def test_a_wrong_shape(fault, place):
    error = await ordered(fault)
    assert f"sent a reply of the wrong shape ({place}" in str(error)
    assert not error.transient


async def test_a_web_page():
    error = await ordered(HTML)
    assert "sent a web page, not JSON; check that the URL is that of the API" in str(error)
    assert not error.transient


async def test_a_web_page_with_an_error_status():
    page = b"<html><h1>502 Bad Gateway</h1></html>"
    error = await ordered(Fault(status=502, body=page, content_type="text/html"))
    assert "HTTP 502: (a web page)" in str(error)
    assert error.transient


async def test_a_redirect_is_not_followed():
    error = await ordered(REDIRECT)
    assert "redirects to http://elsewhere.invalid/v1 (HTTP 302); give the final URL" in str(error)
    assert not error.transient


async def test_a_long_complaint_is_cut():
    error = await ordered(http_error(400, message="blah " * 1000))
    assert str(error).endswith("…")


async def test_a_probe_fails_as_a_call_does():
    url = f"http://127.0.0.1:{free_port()}/v1"
    error = await failure(url, ask=lambda endpoint, _: endpoint.probe())
    assert "is the server running?" in str(error)
    async with MockServer(traits=Traits(api_key="another")) as server:
        error = await failure(server.url, ask=lambda endpoint, _: endpoint.probe())
    assert error.status == 401


def test_an_error_that_nobody_foresaw_is_still_one_line():
    address = Address("http://h/v1", "m", "")
    error = explain(openai.OpenAIError("odd\nthing"), address)
    assert str(error) == "http://h/v1 cannot be talked to: odd thing"
