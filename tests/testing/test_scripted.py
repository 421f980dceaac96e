"""The scripted, recorded, failing and counting models do what a test tells them."""

import pytest

from redraft.core import (
    Choice,
    Message,
    Model,
    ModelError,
    Origin,
    Reply,
    Request,
    Sampling,
    Usage,
)
from redraft.testing import Counting, Failing, Recorded, Scripted


def request(n=1, seed=None, problem="p"):
    return Request(
        messages=(Message(role="user", content="12345678"),),
        sampling=Sampling(n=n, seed=seed),
        origin=Origin(problem=problem),
    )


def texts(reply):
    return [choice.content for choice in reply.choices]


async def test_a_list_is_read_one_completion_at_a_time():
    model: Model = Scripted(["a", Choice(content="b", reasoning="hmm"), "c"])
    assert texts(await model(request(n=2))) == ["a", "b"]
    assert texts(await model(request())) == ["c"]
    with pytest.raises(LookupError, match="3 lines has ended"):
        await model(request())


async def test_usage_is_counted_alike_for_every_double():
    reply = await Scripted([Choice(content="1234", reasoning="12345678")])(request())
    assert reply.usage == Usage(input=3, output=3, reasoning=2)
    assert reply.choices[0].output_tokens == 3
    assert await Scripted([]).count(request()) == 3


async def test_whole_replies_and_errors_stand_for_a_request():
    whole = Reply(choices=(Choice(content="x"),), usage=Usage(input=7))
    model = Scripted([ModelError("busy"), whole])
    with pytest.raises(ModelError, match="busy"):
        await model(request())
    assert await model(request()) is whole
    assert len(model.requests) == 2


async def test_a_function_answers_by_the_request():
    model = Scripted(lambda asked: [f"{asked.origin.problem}{i}" for i in range(2)])
    assert texts(await model(request(n=2))) == ["p0", "p1"]
    assert texts(await Scripted(lambda _: "same")(request(n=2))) == ["same", "same"]


async def test_recorded_texts_go_by_problem_and_seed():
    model = Recorded({"p": ["a", "b", "c"]})
    assert texts(await model(request(n=2, seed=2))) == ["c", "a"]
    assert texts(await model(request(n=2, seed=2))) == ["c", "a"]
    with pytest.raises(ModelError, match="no text"):
        await model(request(problem="q"))


async def test_failing_gives_way_after_its_times():
    model = Failing(ModelError("down"), Scripted(["up"]), times=2)
    for _ in range(2):
        with pytest.raises(ModelError, match="down"):
            await model(request())
    assert texts(await model(request())) == ["up"]
    assert model.calls == 3


async def test_counting_counts_calls_and_completions():
    model = Counting(Failing(ModelError("down"), Scripted(["a", "b"]), times=1))
    with pytest.raises(ModelError):
        await model(request(n=2))
    await model(request(n=2))
    assert (model.calls, model.completions, model.in_flight, model.peak) == (2, 2, 0, 2)
