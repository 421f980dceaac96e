"""Chat completions as the openai client sees them."""

import asyncio

import httpx2
import openai
import pytest

from redraft.testing import SILENT, http_error

BOXED = "Six sevens.\n\\boxed{42}"


def saying(text):
    return lambda body: text


async def collected(stream):
    """The reasoning and the content of a stream, and its last usage."""
    reasoning, content, usage = "", "", None
    async for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            reasoning += (choice.delta.model_extra or {}).get("reasoning_content") or ""
            content += choice.delta.content or ""
    return reasoning, content, usage


async def test_every_recipe_and_the_model_itself_are_listed(serve):
    served = await serve()
    models = [model async for model in await served.client.models.list()]
    names = [model.id for model in models]
    assert {"single", "vote", "pdr", "critique", "mock"} <= set(names)
    assert not {"behaviors", "review", "learn", "explain"} & set(names)
    assert all(model.description for model in models)
    assert (await served.client.models.retrieve("pdr")).id == "pdr"


async def test_a_graph_answers_with_its_thoughts_apart(serve):
    served = await serve(saying(BOXED))
    reply = await served.ask("vote")
    message = reply.choices[0].message
    assert message.content == BOXED
    assert "answer 42" in message.reasoning_content
    assert message.reasoning == message.reasoning_content
    assert reply.choices[0].finish_reason == "stop"
    details = reply.usage.completion_tokens_details
    assert 0 < details.reasoning_tokens < reply.usage.completion_tokens
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


@pytest.mark.parametrize("model", ["single", "vote", "pdr", "critique", "sequential", "mock"])
async def test_a_stream_says_the_same_as_the_whole_answer(serve, model):
    served = await serve(lambda body: None or _by_role(body))
    whole = await served.ask(model, seed=3)
    stream = await served.ask(model, seed=3, stream=True, stream_options={"include_usage": True})
    reasoning, content, usage = await collected(stream)
    assert content == whole.choices[0].message.content
    assert reasoning.strip() == (whole.choices[0].message.model_extra or {}).get("reasoning", "")
    assert usage == whole.usage


def _by_role(body):
    """Critics get an object by their schema, everybody else the boxed answer."""
    if body.get("response_format"):
        from redraft.testing import default_answer

        return default_answer(body)
    return BOXED


async def test_the_answer_is_streamed_while_the_last_call_is_writing(serve):
    served = await serve(saying("one two three \\boxed{4}"), pause=0.05)
    stream = await served.ask("single", stream=True)
    async for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    assert served.upstream.in_flight == 1
    await stream.close()


async def test_a_long_draft_is_told_of_while_it_is_written(serve, monkeypatch):
    monkeypatch.setattr("redraft.server.thinking.TICK_SECONDS", 0.01)
    monkeypatch.setattr("redraft.server.narrator.PAUSES", (0.0, 30.0))
    served = await serve(faults=[SILENT])
    stream, told = await served.ask("vote", stream=True), ""
    async for chunk in stream:
        told += (chunk.choices[0].delta.model_extra or {}).get("reasoning") or ""
        if "under way" in told:
            break
    assert told == "**draft**\n\n8 drafts under way.\n\n"
    await served.upstream.until(1)
    await stream.close()


async def test_the_answers_own_thought_is_not_interrupted(serve, monkeypatch):
    monkeypatch.setattr("redraft.server.thinking.TICK_SECONDS", 0.01)
    monkeypatch.setattr("redraft.server.narrator.PAUSES", (0.0, 0.01))
    thought = "six sevens are counted one by one "
    served = await serve(lambda body: {"reasoning": thought, "content": BOXED}, pause=0.03)
    reasoning, content, _ = await collected(await served.ask("single", stream=True))
    assert (reasoning.endswith(thought), content) == (True, BOXED)


async def test_the_conversation_goes_before_the_question(serve):
    served = await serve(saying(BOXED))
    turns = [
        {"role": "system", "content": "Speak of sevens."},
        {"role": "user", "content": "Do you know numbers?"},
        {"role": "assistant", "content": "I do."},
        {"role": "user", "content": [{"type": "text", "text": "What is 6 times 7?"}]},
    ]
    await served.ask("single", messages=turns)
    sent = served.upstream.stats.bodies[-1]["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert sent[0]["content"].endswith("Speak of sevens.")
    assert sent[1]["content"] == "Do you know numbers?"
    assert "What is 6 times 7?" in sent[3]["content"]


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_client_that_goes_away_ends_the_run_and_its_calls(serve, streamed):
    served = await serve(delay=30.0)
    asking = asyncio.create_task(served.ask("vote", stream=streamed))
    await served.upstream.until(1)
    if streamed:
        await (await asking).close()
    else:
        asking.cancel()
    async with asyncio.timeout(5):
        await served.upstream.until(0)
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"{served.url}/active")).json()["active"] == 0


async def test_an_unknown_model_is_told_with_a_near_one(serve):
    served = await serve()
    with pytest.raises(openai.NotFoundError, match="did you mean 'pdr'") as told:
        await served.ask("pdrr")
    assert told.value.code == "model_not_found"


async def test_a_bad_knob_is_named(serve):
    served = await serve()
    with pytest.raises(openai.BadRequestError, match="no knob 'widhts'; did you mean 'widths'"):
        await served.ask("pdr", extra_body={"redraft": {"knobs": {"widhts": [2]}}})
    assert served.upstream.requests == 0


async def test_knobs_and_budget_are_those_of_the_request(serve):
    served = await serve(saying(BOXED))
    await served.ask("vote", extra_body={"redraft": {"knobs": {"n": 3}}})
    assert served.upstream.stats.bodies[-1]["n"] == 3


async def test_an_image_is_refused_before_any_call(serve):
    served = await serve()
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(openai.BadRequestError, match="'image_url' cannot be read"):
        await served.ask("single", messages=[{"role": "user", "content": [part]}])
    assert served.upstream.requests == 0


async def test_an_upstream_that_is_busy_is_a_503_and_a_stream_ends_with_the_error(serve):
    served = await serve(faults=[http_error(503), http_error(503)])
    with pytest.raises(openai.InternalServerError) as told:
        await served.ask("mock")
    assert told.value.status_code == 503
    with pytest.raises(openai.APIError, match="HTTP 503"):
        await collected(await served.ask("mock", stream=True))
