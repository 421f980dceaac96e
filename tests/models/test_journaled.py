"""A call is asked once: later it is answered from the journal, and twins in flight are one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from redraft.core import Message, ModelError, Origin, Reply, Request, Sampling
from redraft.models import Journal, Journaled
from redraft.testing import Scripted


def ask(text: str = "x", *, problem: str = "p", role: str = "actor", agent: str = "a") -> Request:
    return Request(
        messages=(Message(role="user", content=text),),
        sampling=Sampling(seed=1),
        origin=Origin(problem=problem, role=role, agent=agent),
    )


class Held:
    """A model that answers when it is let go."""

    name = "held"

    def __init__(self) -> None:
        self.inner = Scripted(lambda _: "yes")
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.ended = 0

    async def __call__(self, request: Request) -> Reply:
        self.asked.set()
        try:
            await self.go.wait()
            return await self.inner(request)
        finally:
            self.ended += 1

    async def count(self, request: Request) -> int:
        return await self.inner.count(request)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with Journal.open(tmp_path / "journal.sqlite", job="job") as opened:
        yield opened


async def test_the_second_time_the_journal_answers(journal: Journal):
    model = Scripted(lambda _: "yes")
    first = await Journaled(model, journal)(ask())
    second = await Journaled(model, journal)(ask())
    assert len(model.requests) == 1
    assert first.key == ask().key("scripted")
    assert not first.replayed
    assert second == first.model_copy(update={"replayed": True})


async def test_problem_role_and_request_tell_calls_apart_and_the_agent_does_not(journal: Journal):
    model = Scripted(lambda _: "yes")
    journaled = Journaled(model, journal)
    for request in (ask(), ask("y"), ask(problem="q"), ask(role="critic"), ask(agent="b")):
        await journaled(request)
    assert len(model.requests) == 4


async def test_replays_come_in_the_order_of_the_calls(journal: Journal):
    journaled = Journaled(Scripted(lambda _: "yes"), journal)
    names = [str(i) for i in range(20)]
    for name in reversed(names):
        await journaled(ask(name))
    order: list[str] = []

    async def call(name: str) -> None:
        order.append(f"ask {name}")
        await journaled(ask(name))
        order.append(f"end {name}")

    await asyncio.gather(*(call(name) for name in names))
    assert order == [f"ask {name}" for name in names] + [f"end {name}" for name in names]


@pytest.mark.parametrize("kept", [True, False])
async def test_twins_in_flight_are_asked_once(journal: Journal, kept: bool):
    model = Held()
    journaled = Journaled(model, journal if kept else None)
    calls = [asyncio.create_task(journaled(ask())) for _ in range(5)]
    await model.asked.wait()
    model.go.set()
    replies = await asyncio.gather(*calls)
    assert len(model.inner.requests) == 1
    assert [reply.replayed for reply in replies] == [False, True, True, True, True]
    assert {reply.key for reply in replies} == {ask().key("held")}


async def test_without_a_journal_nothing_is_kept():
    model = Scripted(lambda _: "yes")
    journaled = Journaled(model, None)
    assert (await journaled(ask())).key == (await journaled(ask())).key
    assert len(model.requests) == 2


async def test_one_who_leaves_does_not_take_the_call_along(journal: Journal):
    model = Held()
    journaled = Journaled(model, journal)
    leaving, staying = (asyncio.create_task(journaled(ask())) for _ in range(2))
    await model.asked.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    model.go.set()
    assert (await staying).choices[0].content == "yes"


async def test_the_call_ends_when_all_have_left_and_can_be_made_again(journal: Journal):
    model = Held()
    journaled = Journaled(model, journal)
    calls = [asyncio.create_task(journaled(ask())) for _ in range(2)]
    await model.asked.wait()
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    assert model.ended == 1
    model.go.set()
    assert not (await journaled(ask())).replayed


async def test_a_failure_reaches_all_and_is_not_kept(journal: Journal):
    model = Scripted([ModelError("gone"), "yes"])
    journaled = Journaled(model, journal)
    failures = await asyncio.gather(journaled(ask()), journaled(ask()), return_exceptions=True)
    assert [str(failure) for failure in failures] == ["gone", "gone"]
    assert (await journaled(ask())).choices[0].content == "yes"


async def test_the_model_behind_shows_through(journal: Journal):
    model = Scripted(lambda _: "yes", name="some/model")
    journaled = Journaled(model, journal)
    assert journaled.name == "some/model"
    assert await journaled.count(ask()) == await model.count(ask())
