"""Conversations that the server keeps: reviews that wait, restarts, keys, and what grows old."""

import asyncio
import time

import openai
import pytest
from langgraph.checkpoint.base.id import uuid6

from redraft.core import InputError, Message, Problem, Solution
from redraft.graphs import RECIPES
from redraft.server import Furnishing, Key, Serving, digest, furnish
from redraft.server.threads import first_id, open_threads, serializer

ALICE, BOB = "rd-alice-0123456789abcdef", "rd-bob-0123456789abcdefgh"
KEYS = tuple(Key(name=name, sha256=digest(key)) for name, key in (("alice", ALICE), ("bob", BOB)))


def furnished(tmp_path, **fields):
    return Furnishing(retries=0, threads=str(tmp_path / "threads.db"), **fields)


def in_thread(name="t", **fields):
    return {"redraft": {"thread": name, **fields}}


class Actor:
    """Says which version it writes, and keeps what it was asked."""

    def __init__(self):
        self.bodies = []

    def __call__(self, body):
        self.bodies.append(body)
        return f"Version {len(self.bodies)}: \\boxed{{4{len(self.bodies)}}}"


async def said(served, model, text, **fields):
    reply = await served.ask(model, text, extra_body=in_thread(**fields))
    assert reply.choices[0].finish_reason == "stop"
    return reply.choices[0].message.content


PLAIN = {"knobs": {"critic": False}}


async def test_a_review_waits_over_a_restart_and_goes_on_by_the_next_message(serve, tmp_path):
    actor = Actor()
    first = await serve(actor, furnishing=furnished(tmp_path))
    shown = await said(first, "review", "What is 6 times 7?", **PLAIN)
    assert "Version 1" in shown
    assert "`ok`" in shown
    again = await serve(actor, furnishing=furnished(tmp_path))
    shown = await said(again, "review", "41 is odd", **PLAIN)
    assert "Version 2" in shown
    assert "41 is odd" in actor.bodies[1]["messages"][-1]["content"]
    assert await said(again, "review", "ok", **PLAIN) == "Version 2: \\boxed{42}"
    assert len(actor.bodies) == 2


async def test_a_stream_shows_what_is_asked(serve, tmp_path):
    served = await serve(Actor(), furnishing=furnished(tmp_path))
    stream = await served.ask("review", stream=True, extra_body=in_thread(**PLAIN))
    chunks = [chunk async for chunk in stream]
    text = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    assert "`ok`" in text
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_what_the_critic_of_a_review_says_counts_as_reasoning(serve, tmp_path):
    served = await serve(furnishing=furnished(tmp_path))
    reply = await served.ask("review", extra_body=in_thread())
    details = reply.usage.completion_tokens_details
    assert 0 < details.reasoning_tokens < reply.usage.completion_tokens


async def test_the_last_message_alone_is_enough(serve, tmp_path):
    actor = Actor()
    served = await serve(actor, furnishing=furnished(tmp_path))
    for text in ("one", "two", "three"):
        await said(served, "single", text)
    told = [message["content"] for message in actor.bodies[2]["messages"]]
    assert [one for one in told if one.startswith("Version")] == [
        "Version 1: \\boxed{41}",
        "Version 2: \\boxed{42}",
    ]
    assert {"one", "two"} <= set(told)


async def test_one_key_does_not_reach_the_threads_of_another(serve, tmp_path):
    actor = Actor()
    served = await serve(
        actor, furnishing=furnished(tmp_path), serving=Serving(keys=KEYS), key=ALICE
    )
    await said(served, "single", "a secret of Alice")
    served.client = served.client.with_options(api_key=BOB)
    await said(served, "single", "What did I say?")
    assert "secret" not in str(actor.bodies[1])


async def test_a_turn_that_goes_on_refuses_a_second_one(serve, tmp_path):
    served = await serve(Actor(), furnishing=furnished(tmp_path), delay=0.3)
    going = asyncio.create_task(said(served, "single", "one"))
    while not served.operations.runs.active or not served.upstream.requests:
        await asyncio.sleep(0.01)
    with pytest.raises(openai.ConflictError) as told:
        await said(served, "single", "two")
    assert told.value.code == "thread_busy"
    await going
    await said(served, "single", "two")


async def test_a_turn_that_fails_loses_nothing_before_it(serve, tmp_path):
    actor = Actor()
    served = await serve(actor, furnishing=furnished(tmp_path))
    await said(served, "single", "one")
    with pytest.raises(openai.BadRequestError):
        await said(served, "single", "lost", budget={"total_tokens": 1})
    await said(served, "single", "two")
    assert "Version 1" in str(actor.bodies[-1])
    assert "lost" not in str(actor.bodies[-1])


async def test_without_a_store_or_a_thread_the_client_is_told(serve, tmp_path):
    served = await serve(Actor())
    assert "review" not in [one.id async for one in served.client.models.list()]
    with pytest.raises(openai.BadRequestError, match="keeps no threads; start it with --threads"):
        await said(served, "single", "one")
    kept = await serve(Actor(), furnishing=furnished(tmp_path))
    with pytest.raises(openai.BadRequestError, match="waits for your answer: name a thread"):
        await kept.ask("review")
    for name in ("", "a" * 65, "a/b", "ü", "a\n"):
        with pytest.raises(openai.BadRequestError, match=r"redraft\.thread"):
            await kept.ask("single", extra_body=in_thread(name))


async def test_old_threads_are_pruned_at_the_start(serve, tmp_path):
    served = await serve(Actor(), furnishing=furnished(tmp_path))
    await said(served, "single", "one")
    path = str(tmp_path / "threads.db")
    async with open_threads(path, 1) as threads:
        assert await threads.last("/t") is not None
    async with open_threads(path, 1e-9) as threads:
        assert await threads.last("/t") is None


def test_ids_are_cut_by_time():
    now = time.time()
    assert first_id(now - 1) < str(uuid6()) < first_id(now + 10)


async def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    furnishing = Furnishing(threads=str(tmp_path / "no" / "threads.db"))
    with pytest.raises(InputError, match=r"threads\.db cannot be opened"):
        async with furnish(furnishing):
            pass


async def test_a_place_that_no_store_answers_to_is_told_without_its_password():
    with pytest.raises(InputError, match="no store answers to mysql://") as told:
        async with open_threads("mysql://me:secret@host/threads", 30):
            pass
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("place", "extra"), [("threads.db", "threads"), ("postgresql://me:secret@h/t", "postgres")]
)
async def test_a_missing_library_is_told_with_its_extra(monkeypatch, place, extra):
    monkeypatch.setattr("redraft.server.threads.find_spec", lambda name: None)
    with pytest.raises(InputError, match=rf"pip install 'redraft\[{extra}\]'") as told:
        async with open_threads(place, 30):
            pass
    assert "secret" not in str(told.value)


def test_only_our_values_are_read_back():
    kept = serializer()
    problem = Problem(id="p", prompt="?", history=(Message(role="user", content="hi"),))
    for value in (problem, [Solution(text="\\boxed{1}", answer="1")]):
        assert kept.loads_typed(kept.dumps_typed(value)) == value
    strange = serializer().dumps_typed(Furnishing())
    assert not isinstance(kept.loads_typed(strange), Furnishing)


@pytest.mark.parametrize("name", ["critique", "pdr", "sequential", "hint", "xolver"])
async def test_recipes_can_be_asked_twice_in_a_thread(serve, tmp_path, name):
    served = await serve(furnishing=furnished(tmp_path))
    assert name in RECIPES
    for _ in range(2):
        assert await said(served, name, "What is 6 times 7?")
