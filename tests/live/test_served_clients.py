"""`redraft serve` with Abacus as a process, and the openai client that asks it."""

import asyncio
import time

import openai
import pytest
from planted import Task, share, tasks
from running_server import active

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

# Far below what Abacus reaches, far above what text without sense does.
RIGHT = 0.25
GONE = 1.0

TASKS = tasks(16, seed=31)


@pytest.fixture
async def client(served: str):
    async with openai.AsyncOpenAI(
        base_url=f"{served}/v1", api_key="any", max_retries=0, timeout=300
    ) as client:
        yield client


async def streamed(client: openai.AsyncOpenAI, model: str, task: Task):
    """The kinds of a stream's pieces in their order, its content, and its usage."""
    stream = await client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": task.problem.prompt}],
        max_tokens=320,
        stream=True,
        stream_options={"include_usage": True},
    )
    kinds, content, usage = [], "", None
    async for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            if getattr(choice.delta, "reasoning_content", None):
                kinds.append("reasoning")
            if choice.delta.content:
                kinds.append("content")
                content += choice.delta.content
    return kinds, content, usage


@pytest.mark.parametrize("model", ["vote", "critique"])
async def test_a_recipe_thinks_then_answers_and_is_right_often(client, model):
    answers = await asyncio.gather(*(streamed(client, model, task) for task in TASKS))
    for kinds, content, usage in answers:
        assert kinds[0] == "reasoning"
        assert kinds == sorted(kinds, reverse=True), "no reasoning after the answer has begun"
        assert content
        assert usage.prompt_tokens > 0
        assert 0 < usage.completion_tokens_details.reasoning_tokens < usage.completion_tokens
    right = [task.is_right(said) for task, (_, said, _) in zip(TASKS, answers, strict=True)]
    assert share(right) >= RIGHT


async def test_a_stream_that_is_closed_ends_its_run(client, served):
    stream = await client.chat.completions.create(
        model="pdr",
        messages=[{"role": "user", "content": TASKS[0].problem.prompt}],
        stream=True,
        extra_body={"redraft": {"knobs": {"widths": [16, 16, 16]}}},
    )
    await anext(aiter(stream))
    assert await asyncio.to_thread(active, served) == 1
    await stream.close()
    end = time.monotonic() + GONE
    while await asyncio.to_thread(active, served):
        assert time.monotonic() < end, "the run goes on without a client"
        await asyncio.sleep(0.02)
