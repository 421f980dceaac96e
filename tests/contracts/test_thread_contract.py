"""What every store of threads must do; a further store is a further line in `STORES`."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from redraft.agents import load_prompts
from redraft.core import Context, Message, Problem, Request
from redraft.graphs import RECIPES, Outcome
from redraft.server.errors import ApiError
from redraft.server.threaded import Thread
from redraft.server.threads import Threads, open_threads
from redraft.testing import Scripted

Opens = Callable[..., AbstractAsyncContextManager[Threads]]
DAY = 86_400


def in_sqlite(request: pytest.FixtureRequest) -> Opens:
    path = request.getfixturevalue("tmp_path") / "threads.db"
    return lambda days=30.0: open_threads(str(path), days)


def in_postgres(request: pytest.FixtureRequest) -> Opens:
    url = request.getfixturevalue("postgres").database()
    return lambda days=30.0: open_threads(url, days)


# Each gives a test a way to open one store, again and again.
STORES: dict[str, Callable[[pytest.FixtureRequest], Opens]] = {
    "sqlite": in_sqlite,
    "postgres": in_postgres,
}


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def opens(request: pytest.FixtureRequest) -> Opens:
    return request.param(request)


@pytest.fixture
async def threads(opens: Opens) -> AsyncIterator[Threads]:
    async with opens() as opened:
        yield opened


class Actor:
    """A model that counts its versions; while it is `stuck` it never answers."""

    name = "actor"

    def __init__(self) -> None:
        self.stuck = False
        self.heard = asyncio.Event()
        self._scripted = Scripted(lambda request: f"Version {len(self.requests)}")

    @property
    def requests(self) -> list[Request]:
        return self._scripted.requests

    async def __call__(self, request: Request):
        reply = await self._scripted(request)
        self.heard.set()
        if self.stuck:
            await asyncio.Event().wait()
        return reply

    async def count(self, request: Request) -> int:
        return await self._scripted.count(request)

    async def say(self, threads: Threads, name: str, text: str, recipe="single", **knobs):
        chosen = RECIPES[recipe]
        graph = chosen.build(chosen.parse(knobs), threads.saver)
        context = Context(
            models={"default": self}, prompts={"default": load_prompts()}, checker=None
        )
        problem = Problem(id=f"{name}-{len(self.requests)}", prompt=text)
        return await Thread(threads, name).run(graph, problem, context)

    async def break_off(self, threads: Threads, name: str, text: str, recipe="single", **knobs):
        """Say something, and go away before it is answered."""
        self.stuck = True
        self.heard.clear()
        turn = asyncio.create_task(self.say(threads, name, text, recipe, **knobs))
        await self.heard.wait()
        turn.cancel()
        await asyncio.wait([turn])
        self.stuck = False


@pytest.fixture
def actor() -> Actor:
    return Actor()


def asked(outcome: Outcome) -> str:
    assert outcome.asks is not None
    return outcome.asks


async def history(threads: Threads, name: str) -> list[str]:
    last = await threads.last(name)
    return [] if last is None else [message.content for message in last.history]


async def test_nothing_was_said_in_a_new_thread(threads: Threads):
    assert await threads.last("/new") is None
    await threads.check("/new")


async def test_what_was_said_is_there_when_it_is_opened_again(opens: Opens, actor: Actor):
    for text in ("one", "two"):
        async with opens() as threads:
            await actor.say(threads, "/t", text)
    async with opens() as threads:
        assert await history(threads, "/t") == ["one", "Version 1", "two", "Version 2"]
        last = await threads.last("/t")
    assert last is not None
    assert last.waiting is None
    assert last.history[0] == Message(role="user", content="one")


async def test_a_review_waits_until_it_is_opened_again(opens: Opens, actor: Actor):
    async with opens() as threads:
        assert "Version 1" in asked(await actor.say(threads, "/t", "?", "review", critic=False))
    async with opens() as threads:
        shown = await actor.say(threads, "/t", "41 is odd", "review", critic=False)
    assert "Version 2" in asked(shown)
    assert "41 is odd" in actor.requests[1].messages[-1].content
    async with opens() as threads:
        accepted = await actor.say(threads, "/t", "ok", "review", critic=False)
        assert accepted.final.text == "Version 2"
        assert (await threads.last("/t")).waiting is None
    assert len(actor.requests) == 2


async def test_a_turn_that_is_broken_off_leaves_the_thread_as_it_was(opens: Opens, actor: Actor):
    async with opens() as threads:
        await actor.break_off(threads, "/t", "lost")
        assert await threads.last("/t") is None
        await actor.say(threads, "/t", "one")
        before = await threads.last("/t")
        await actor.break_off(threads, "/t", "lost", "sequential")
        assert await threads.last("/t") == before
        await actor.say(threads, "/t", "two")
    async with opens() as threads:
        assert await history(threads, "/t") == ["one", "Version 2", "two", "Version 4"]


async def test_a_review_still_waits_after_a_turn_that_is_broken_off(opens: Opens, actor: Actor):
    async with opens() as threads:
        await actor.say(threads, "/t", "?", "review", critic=False)
        for _ in range(2):
            await actor.break_off(threads, "/t", "41 is odd", "review", critic=False)
            assert (await threads.last("/t")).waiting == "review"
        await actor.break_off(threads, "/t", "something else")
    async with opens() as threads:
        shown = await actor.say(threads, "/t", "41 is odd", "review", critic=False)
        assert "Version 5" in asked(shown)
        assert "Version 1" in str(actor.requests[-1].messages)
        accepted = await actor.say(threads, "/t", "ok", "review", critic=False)
    assert accepted.final.text == "Version 5"


async def test_threads_at_one_time_are_kept_apart(threads: Threads, actor: Actor):
    names = [f"key/{number}" for number in range(12)]
    for turn in ("first", "second"):
        await asyncio.gather(
            *(actor.say(threads, name, f"{turn} of {name}", "sequential") for name in names)
        )
    for name in names:
        said = await history(threads, name)
        assert said[::2] == [f"first of {name}", f"second of {name}"]


async def test_a_thread_takes_one_turn_at_a_time(threads: Threads, actor: Actor):
    async with threads.turn("/t"):
        with pytest.raises(ApiError, match="still answering") as told:
            await threads.check("/t")
        assert (told.value.status, told.value.code) == (409, "thread_busy")
        with pytest.raises(ApiError, match="still answering"):
            await actor.say(threads, "/t", "one")
        await actor.say(threads, "/other", "one")
    await actor.say(threads, "/t", "one")


async def test_two_that_are_open_read_what_the_other_wrote(opens: Opens, actor: Actor):
    async with opens() as one, opens() as two:
        for store, text in ((one, "a"), (two, "b"), (one, "c")):
            await actor.say(store, "/t", text)
        assert (await history(two, "/t"))[::2] == ["a", "b", "c"]


async def test_what_is_old_is_dropped_and_what_goes_on_stays(opens: Opens, actor: Actor):
    async with opens() as threads:
        for name in ("/old", "/both", "/busy"):
            await actor.say(threads, name, "one")
        await asyncio.sleep(0.01)
        then = time.time()
        for name in ("/both", "/new"):
            await actor.say(threads, name, "two")
        async with threads.turn("/busy"):
            assert await threads.prune((time.time() - then) / DAY) == 2
        assert await history(threads, "/old") == []
        assert (await history(threads, "/both"))[::2] == ["one", "two"]
        assert (await history(threads, "/busy"))[::2] == ["one"]
    async with opens(1e-9) as threads:
        for name in ("/both", "/new", "/busy"):
            assert await threads.last(name) is None


@pytest.mark.parametrize("text", ["\x00 and \\u0000", "é 😀 ' \" %s $1 {}", "x" * 2_000_000, " "])
async def test_any_text_comes_back_as_it_was(threads: Threads, actor: Actor, text: str):
    await actor.say(threads, "/t", text)
    await actor.say(threads, "/t", "next")
    assert (await history(threads, "/t"))[0] == text
