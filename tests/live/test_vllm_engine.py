"""vLLM's engine in this process, as a Model."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from redraft.core import Message, ModelError, Request, Sampling, ToolSpec
from redraft.models import VLLMEngine

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
    # What vLLM and its libraries deprecate is not ours to mend.
    pytest.mark.filterwarnings("ignore"),
]

ASKED = (Message(role="system", content="Be brief."), Message(role="user", content="1 + 1?"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(tiny: Path) -> AsyncIterator[VLLMEngine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
        async with VLLMEngine(str(tiny), args=("--max-model-len", "2048")) as engine:
            assert "VLLM_LOGGING_LEVEL" not in os.environ, "the next server would be silent"
            yield engine


def ask(**sampling: object) -> Request:
    return Request(messages=ASKED, sampling=Sampling.model_validate(sampling))


async def test_equal_seeds_give_equal_completions_of_exact_size(model: VLLMEngine) -> None:
    request = ask(n=3, seed=7, max_tokens=16, temperature=1.0)
    first, second = await model(request), await model(request)
    assert [one.content for one in first.choices] == [one.content for one in second.choices]
    assert len({one.content for one in first.choices}) == 3
    assert first.usage.output == sum(one.output_tokens for one in first.choices)
    assert all(one.output_tokens == 16 for one in first.choices if one.finish == "length")
    assert not any(one.estimated for one in first.choices)


async def test_the_count_is_the_usage_also_when_the_final_message_is_continued(
    model: VLLMEngine,
) -> None:
    plain = ask(max_tokens=4)
    begun = Message(role="assistant", content="The answer")
    spliced = plain.model_copy(update={"messages": (*ASKED, begun), "continue_final": True})
    assert await model.count(plain) == (await model(plain)).usage.input
    assert await model.count(spliced) == (await model(spliced)).usage.input
    assert await model.count(spliced) - await model.count(plain) == len(begun.content)


async def test_a_schema_is_obeyed(model: VLLMEngine) -> None:
    schema: dict[str, object] = {"enum": ["right", "wrong"]}
    request = ask(n=2, max_tokens=20).model_copy(update={"output_schema": schema})
    for choice in (await model(request)).choices:
        assert json.loads(choice.content) in ("right", "wrong")


async def test_a_thinking_budget_closes_the_thinking(model: VLLMEngine) -> None:
    begun = Message(role="assistant", content="<think>")
    request = Request(
        messages=(*ASKED, begun),
        continue_final=True,
        sampling=Sampling(max_tokens=24, thinking_tokens=6, n=4, seed=1),
    )
    reply = await model(request)
    assert all(choice.output_tokens <= 30 for choice in reply.choices)
    assert sum(bool(choice.reasoning and choice.content) for choice in reply.choices) >= 2
    assert 0 < reply.usage.reasoning < reply.usage.output


async def test_a_stop_string_ends_a_completion(model: VLLMEngine) -> None:
    schema: dict[str, object] = {"enum": ["left|right"]}
    stopped = ask(max_tokens=30, stop=("|",)).model_copy(update={"output_schema": schema})
    choice = (await model(stopped)).choices[0]
    assert (choice.content, choice.finish) == ('"left', "stop")


async def test_a_cancelled_call_is_aborted(model: VLLMEngine) -> None:
    # A completion of one permitted text cannot end early.
    long: dict[str, object] = {"enum": ["x" * 1500]}
    request = ask(n=2, max_tokens=2000).model_copy(update={"output_schema": long})
    call = asyncio.create_task(model(request))
    async with asyncio.timeout(60):
        while not model.in_flight:
            await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert model.in_flight == 0


async def test_what_cannot_be_answered_is_a_model_error(model: VLLMEngine) -> None:
    long = Request(messages=(Message(role="user", content="x" * 4000),))
    with pytest.raises(ModelError, match="2048 tokens"):
        await model(long)
    with pytest.raises(ModelError, match="takes no tools"):
        await model(ask().model_copy(update={"tools": (ToolSpec(name="add"),)}))
