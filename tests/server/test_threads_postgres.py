"""Threads in Postgres: several servers on one database, a database that goes away, passwords."""

import asyncio
import json
import logging

import httpx2
import psycopg
import pytest

from redraft.core import InputError
from redraft.server import Furnishing
from redraft.server.errors import ApiError
from redraft.server.threads import open_threads

PATIENCE = "redraft.server.threads_postgres.PATIENCE"


@pytest.fixture
def place(postgres):
    """The URL of an empty database, with a password that nobody asks for."""
    return postgres.database().replace("postgres@", "postgres:s3cret@")


def furnished(place):
    return Furnishing(retries=0, threads=place)


async def post(served, text, model="single", **fields):
    body = {
        "model": model,
        "messages": [{"role": "user", "content": text}],
        "redraft": {"thread": "t", **fields.pop("redraft", {})},
        **fields,
    }
    async with httpx2.AsyncClient(timeout=60) as client:
        return await client.post(f"{served.url}/v1/chat/completions", json=body)


async def said(served, text, model="single", **fields):
    reply = await post(served, text, model, **fields)
    assert reply.status_code == 200, reply.text
    return reply.json()["choices"][0]["message"]["content"]


async def turns(place):
    """What was said to the thread, turn by turn."""
    async with open_threads(place, 30) as threads:
        last = await threads.last("/t")
    return [] if last is None else [message.content for message in last.history][::2]


def streamed_error(reply):
    """The error that ends a stream, which is well formed and has no finish reason."""
    assert reply.status_code == 200
    frames = reply.text.split("\n\n")
    assert frames.pop() == ""
    told = [json.loads(frame.removeprefix("data: ")) for frame in frames if frame[0] != ":"]
    assert set(told[-1]["error"]) == {"message", "type", "param", "code"}
    assert not any(choice["finish_reason"] for one in told[:-1] for choice in one["choices"])
    return told[-1]["error"]


async def test_a_review_begun_at_one_server_goes_on_at_another(serve, place):
    first, second = [await serve(furnishing=furnished(place)) for _ in range(2)]
    plain = {"redraft": {"knobs": {"critic": False}}}
    assert "`ok`" in await said(first, "What is 6 times 7?", "review", **plain)
    assert "`ok`" not in await said(second, "ok", "review", **plain)
    await said(first, "next")
    assert await turns(place) == ["What is 6 times 7?", "next"]


async def test_a_turn_at_one_server_refuses_one_at_another(serve, place):
    first = await serve(furnishing=furnished(place), delay=600)
    second = await serve(furnishing=furnished(place))
    going = asyncio.create_task(said(first, "one"))
    await first.upstream.until(1)
    plain, streamed = await post(second, "two"), await post(second, "two", stream=True)
    assert (plain.status_code, plain.json()["error"]["code"]) == (409, "thread_busy")
    assert streamed_error(streamed)["code"] == "thread_busy"
    going.cancel()
    while first.operations.runs.active:
        await asyncio.sleep(0.01)
    await said(second, "two")
    assert await turns(place) == ["two"]


async def test_a_server_that_stops_lets_go_of_its_threads(place):
    async with open_threads(place, 30) as other:
        async with open_threads(place, 30) as threads, threads.turn("/t"):
            with pytest.raises(ApiError, match="still answering"):
                async with other.turn("/t"):
                    pass
        async with other.turn("/t"):
            pass


async def test_many_servers_may_make_the_tables_at_once(place):
    async def last():
        async with open_threads(place, 30) as threads:
            return await threads.last("/t")

    assert await asyncio.gather(*(last() for _ in range(4))) == [None] * 4


async def test_checkpoints_of_others_are_not_pruned(place):
    with psycopg.connect(place, autocommit=True) as others:
        others.execute("CREATE TABLE checkpoints (thread_id text, checkpoint_id text)")
        others.execute("INSERT INTO checkpoints VALUES ('theirs', '0')")
        async with open_threads(place, 1e-9) as threads:
            assert await threads.last("/t") is None
        assert others.execute("SELECT count(*) FROM checkpoints").fetchone() == (1,)


async def test_what_a_database_cannot_keep_is_the_client_s_mistake(serve, place):
    served = await serve(furnishing=furnished(place))
    plain = {"redraft": {"knobs": {"critic": False}}}
    await said(served, "?", "review", **plain)
    reply = await post(served, "a\x00b", "review", **plain)
    assert reply.status_code == 400
    assert "cannot keep what was said" in reply.json()["error"]["message"]
    assert "Say `ok`" in await said(served, "41 is odd", "review", **plain)


@pytest.mark.parametrize("place", ["postgresql://me:s3cret@127.0.0.1:1/chats?password=s3cret"])
async def test_a_database_that_is_not_there_at_the_start_is_named(place):
    with pytest.raises(InputError) as told:
        async with open_threads(place, 30):
            pass
    assert str(told.value).startswith(
        "the threads in postgresql://me@127.0.0.1:1/chats cannot be opened: "
    )
    assert "check the URL and that the database runs" in str(told.value)
    assert "s3cret" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("url", ["postgresql://me:s3cret@h:no/d", "postgresql://me:a@s3cret@h/d"])
async def test_what_is_no_url_is_told_without_its_password(url):
    with pytest.raises(InputError, match="not the URL of a Postgres database") as told:
        async with open_threads(url, 30):
            pass
    assert "s3cret" not in str(told.value)


async def test_a_database_that_is_away_is_a_503_until_it_is_back(
    serve, postgres, place, monkeypatch, caplog
):
    caplog.set_level(logging.DEBUG)
    served = await serve(furnishing=furnished(place))
    await said(served, "one")
    with postgres.away(), monkeypatch.context() as patch:
        patch.setattr(PATIENCE, 0.1)
        for stream in (False, True):
            reply = await post(served, "lost", stream=stream)
            assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
            assert reply.json()["error"]["code"] == "threads_unavailable"
            assert "s3cret" not in reply.text
    assert served.upstream.requests == 1
    await said(served, "two")
    assert await turns(place) == ["one", "two"]
    assert "s3cret" not in json.dumps(served.lines)
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_a_database_that_goes_away_while_an_answer_is_written_ends_it_well(
    serve, postgres, place, monkeypatch, stream
):
    leaving = False

    def answer(body):
        if leaving:
            postgres.stop()
        return "\\boxed{42}"

    served = await serve(answer, furnishing=furnished(place))
    await said(served, "one")
    with monkeypatch.context() as patch:
        patch.setattr(PATIENCE, 0.1)
        leaving = True
        try:
            reply = await post(served, "lost", stream=stream)
        finally:
            postgres.start()
    leaving = False
    if stream:
        assert "boxed" in reply.text
        assert streamed_error(reply)["code"] == "threads_unavailable"
    else:
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
    await said(served, "two")
    assert await turns(place) == ["one", "two"]


async def test_a_database_that_is_back_when_an_answer_ends_is_not_missed(serve, postgres, place):
    def answer(body):
        with postgres.away():
            return "\\boxed{42}"

    served = await serve(answer, furnishing=furnished(place))
    for text in ("one", "two"):
        await said(served, text)
    assert await turns(place) == ["one", "two"]
