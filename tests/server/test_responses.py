"""`/v1/responses` and `/v1/embeddings` as the openai client sees them."""

import json

import openai
import pytest

from redraft.models import EmbeddingEndpoint
from redraft.testing import CUT, Fault, MockServer, http_error

BOXED = "Six sevens.\n\\boxed{42}"
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
TOOL = {"type": "function", "name": "add", "parameters": {"type": "object", "properties": {}}}
CONVERSATION = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "input_text", "text": "Add."}]},
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
    {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}'},
    {"type": "function_call_output", "call_id": "c1", "output": "2"},
]


def saying(text):
    return lambda body: text


async def test_a_graph_answers_with_its_reasoning_in_summary(serve):
    served = await serve(saying(BOXED))
    reply = await served.client.responses.create(model="vote", input="What is 6 times 7?")
    assert reply.output_text == BOXED
    assert [item.type for item in reply.output] == ["reasoning", "message"]
    assert "answer 42" in reply.output[0].summary[0].text
    assert reply.status == "completed"
    assert 0 < reply.usage.output_tokens_details.reasoning_tokens < reply.usage.output_tokens


@pytest.mark.parametrize("model", ["vote", "single", "mock"])
async def test_a_stream_says_the_same_as_the_whole_and_every_item_is_opened_and_closed(
    serve, model
):
    served = await serve(saying(BOXED))
    stream = await served.client.responses.create(model=model, input="Go.", stream=True)
    events = [event async for event in stream]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [events[0].type, events[-1].type] == ["response.created", "response.completed"]
    said = [event.delta for event in events if event.type == "response.output_text.delta"]
    whole = events[-1].response
    assert "".join(said) == whole.output_text == BOXED
    opened = [event.item.id for event in events if event.type == "response.output_item.added"]
    closed = [event.item.id for event in events if event.type == "response.output_item.done"]
    assert opened == closed == [item.id for item in whole.output]
    thought = [e.delta for e in events if e.type == "response.reasoning_summary_text.delta"]
    assert bool(thought) == (model != "mock")
    if thought:
        assert "".join(thought) == whole.output[0].summary[0].text


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_conversation_with_tools_goes_to_a_plain_model_and_back(serve, streamed):
    served = await serve(saying({"content": None, "tool_calls": [CALL]}))
    asked = {"model": "mock", "input": CONVERSATION, "tools": [TOOL], "store": False}
    if streamed:
        stream = await served.client.responses.create(**asked, stream=True)
        reply = [event async for event in stream][-1].response
    else:
        reply = await served.client.responses.create(**asked)
    (call,) = reply.output
    assert (call.type, call.call_id, call.name, call.arguments) == (
        "function_call",
        "c1",
        "add",
        '{"a": 1}',
    )
    sent = served.upstream.stats.bodies[-1]
    assert [message["role"] for message in sent["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert sent["tools"][0]["function"]["name"] == "add"


async def test_a_cap_leaves_a_response_incomplete_and_a_schema_is_followed(serve):
    served = await serve(saying("word " * 40))
    reply = await served.client.responses.create(
        model="single",
        input="Go.",
        max_output_tokens=5,
        text={"format": {"type": "json_schema", "name": "x", "schema": {"type": "object"}}},
    )
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    sent = served.upstream.stats.bodies[-1]
    assert sent["max_tokens"] == 5
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}


async def test_what_needs_a_memory_is_refused_and_a_stream_that_fails_says_so(serve):
    served = await serve(faults=[http_error(503), CUT])
    with pytest.raises(openai.BadRequestError, match="nothing is kept here"):
        await served.client.responses.create(model="mock", input="x", previous_response_id="r")
    with pytest.raises(openai.BadRequestError, match=r"input.0.type: 'item_reference'"):
        await served.client.responses.create(
            model="mock", input=[{"type": "item_reference", "id": "x"}]
        )
    with pytest.raises(openai.InternalServerError):
        await served.client.responses.create(model="mock", input="x")
    stream = await served.client.responses.create(model="mock", input="x", stream=True)
    events = [event async for event in stream]
    assert events[-1].type == "error"
    assert "cut" in events[-1].message


def said(*vectors, **fields):
    """An answer with these vectors."""
    data = [{"index": place, "embedding": one} for place, one in enumerate(vectors)]
    return Fault(body=json.dumps({"data": data, **fields}).encode())


class Letters:
    """Embeds a text as the counts of two letters, and one."""

    name = "letters"

    async def __call__(self, texts):
        return [[float(text.count("a")), float(text.count("b")), 1.0] for text in texts]


@pytest.mark.parametrize("form", [{}, {"encoding_format": "float"}])
async def test_texts_become_vectors(serve, form):
    served = await serve(embedder=Letters())
    reply = await served.client.embeddings.create(model="letters", input=["aab", "b"], **form)
    assert [one.embedding for one in reply.data] == [[2.0, 1.0, 1.0], [0.0, 1.0, 1.0]]


async def test_vectors_cost_what_their_server_says_and_else_an_estimate(serve):
    asked = ["eight le", "four"]
    served = await serve(embedder=Letters())
    reply = await served.client.embeddings.create(model="letters", input=asked)
    assert (reply.usage.prompt_tokens, reply.usage.total_tokens) == (3, 3)
    told = said([1, 0], [0, 1], usage={"prompt_tokens": 17})
    async with (
        MockServer(faults=[told]) as upstream,
        EmbeddingEndpoint(upstream.url, "mock") as embedder,
    ):
        served = await serve(embedder=embedder)
        reply = await served.client.embeddings.create(model="mock", input=asked)
    assert (reply.usage.prompt_tokens, reply.usage.total_tokens) == (17, 17)


async def test_without_an_embedder_it_is_told_how_to_have_one(serve):
    served = await serve()
    with pytest.raises(openai.NotFoundError, match="start it with --embedder"):
        await served.client.embeddings.create(model="letters", input="a")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": "other", "input": "a"}, "no embedder 'other'; there is 'letters'"),
        ({"model": "letters", "input": ["a", " "]}, "input: a text is empty"),
        ({"model": "letters", "input": "a", "dimensions": 2}, "dimensions: letters has 3"),
    ],
)
async def test_a_wrong_request_for_vectors_is_told(serve, fields, words):
    served = await serve(embedder=Letters())
    with pytest.raises((openai.NotFoundError, openai.BadRequestError), match=words):
        await served.client.embeddings.create(**fields)
