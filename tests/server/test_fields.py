"""What each field of a request does: for a plain model it is passed on, for a graph it is about
the answer."""

import json

import openai
import pytest

from redraft.server import Furnishing
from redraft.testing import http_error

BOXED = "Six sevens.\n\\boxed{42}"
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds.",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "sum",
        "schema": {
            "type": "object",
            "properties": {"answer": {"type": "integer"}},
            "required": ["answer"],
        },
    },
}


def saying(text):
    return lambda body: text


def numbered(body):
    n, seed = body.get("n") or 1, body.get("seed") or 0
    return [f"\\boxed{{{seed + place}}}" for place in range(n)]


async def collected(stream):
    """The contents by choice, their finishes, and the tool calls of choice 0."""
    contents, finishes, calls = {}, {}, []
    async for chunk in stream:
        for choice in chunk.choices:
            told = contents.get(choice.index, "")
            contents[choice.index] = told + (choice.delta.content or "")
            calls += choice.delta.tool_calls or []
            finishes[choice.index] = choice.finish_reason or finishes.get(choice.index)
    return contents, finishes, calls


async def test_a_plain_model_gets_the_fields_as_they_are(serve):
    served = await serve(saying("yes"))
    fields = {"temperature": 0.3, "top_p": 0.9, "seed": 1234, "stop": ["\n\n", "Q:"]}
    await served.ask("mock", max_tokens=99, n=2, response_format=SCHEMA, tools=[TOOL], **fields)
    sent = served.upstream.stats.bodies[-1]
    assert {name: sent[name] for name in fields} == fields
    assert (sent["max_tokens"], sent["n"]) == (99, 2)
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA["json_schema"]["schema"]
    assert sent["tools"] == [TOOL]


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("model", ["mock", "single"])
async def test_n_choices_differ_and_each_has_its_own_end(serve, model, streamed):
    served = await serve(numbered)
    reply = await served.ask(model, n=3, seed=5, stream=streamed)
    if streamed:
        contents, finishes, _ = await collected(reply)
    else:
        contents = {choice.index: choice.message.content for choice in reply.choices}
        finishes = {choice.index: choice.finish_reason for choice in reply.choices}
    assert finishes == {0: "stop", 1: "stop", 2: "stop"}
    assert len(set(contents.values())) == 3


@pytest.mark.parametrize("streamed", [True, False])
async def test_tools_pass_through_to_and_from_a_plain_model(serve, streamed):
    served = await serve(saying({"content": None, "tool_calls": [CALL]}))
    turns = [
        {"role": "user", "content": "Add."},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "2", "tool_call_id": "c1"},
    ]
    reply = await served.ask("mock", messages=turns, tools=[TOOL], stream=streamed)
    if streamed:
        _, finishes, calls = await collected(reply)
        finish = finishes[0]
    else:
        finish, calls = reply.choices[0].finish_reason, reply.choices[0].message.tool_calls
        assert reply.choices[0].message.content is None
    assert finish == "tool_calls"
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("c1", "add", '{"a": 1}')
    ]
    sent = served.upstream.stats.bodies[-1]["messages"]
    assert sent[1]["tool_calls"] == [CALL]
    assert sent[2]["tool_call_id"] == "c1"


async def test_two_equal_questions_at_once_are_two_answers(serve):
    served = await serve(saying("yes"), delay=0.05)
    streams = [await served.ask("mock", stream=True) for _ in range(2)]
    assert [(await collected(stream))[0] for stream in streams] == [{0: "yes"}, {0: "yes"}]
    assert served.upstream.requests == 2


async def test_a_graph_samples_its_answer_as_asked_and_nothing_else(serve):
    served = await serve(saying(BOXED))
    await served.ask("pdr", temperature=0, top_p=0.5, max_tokens=50, stop=["Q:"], tools=[TOOL])
    *hidden, last = served.upstream.stats.bodies
    assert (last["temperature"], last["top_p"], last["max_tokens"]) == (0, 0.5, 50)
    assert hidden[0]["temperature"] == 1.0
    assert not any(body.get("max_tokens") == 50 for body in hidden)
    assert not any("stop" in body or "tools" in body for body in (*hidden, last))


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("model", ["single", "vote"])
async def test_a_stop_string_ends_the_answer_of_a_graph(serve, model, streamed):
    served = await serve(saying("one two three \\boxed{4}"))
    reply = await served.ask(model, stop=["three \\b", "nowhere"], stream=streamed)
    if streamed:
        contents, finishes, _ = await collected(reply)
        assert (contents, finishes) == ({0: "one two "}, {0: "stop"})
    else:
        assert reply.choices[0].message.content == "one two "
        assert reply.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("model", ["single", "vote"])
async def test_a_cap_cuts_the_answer_of_a_graph(serve, model):
    served = await serve(saying("\\boxed{4} " + "abcd" * 40))
    reply = await served.ask(model, max_tokens=10)
    assert reply.choices[0].finish_reason == "length"
    assert len(reply.choices[0].message.content) == 40
    whole = await served.ask(model, max_tokens=1000)
    assert whole.choices[0].finish_reason == "stop"


async def test_the_seed_decides_a_run_and_without_one_every_run_is_its_own(serve):
    served = await serve()
    for fields in ({"seed": 3}, {"seed": 3}, {}, {}):
        await served.ask("single", **fields)
    seeds = [body["seed"] for body in served.upstream.stats.bodies]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[1:])) == 3


async def test_the_last_call_of_a_graph_follows_a_schema(serve):
    served = await serve(lambda body: '{"answer": 42}' if "response_format" in body else BOXED)
    reply = await served.ask("pdr", response_format=SCHEMA)
    assert json.loads(reply.choices[0].message.content) == {"answer": 42}
    asked = ["response_format" in body for body in served.upstream.stats.bodies]
    assert asked == [False] * (len(asked) - 1) + [True]


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("model", ["mock", "single"])
async def test_a_server_that_knows_no_schemas_does_not_pass_for_one_that_does(
    serve, model, streamed
):
    unknown = http_error(400, message="response_format is not supported")
    served = await serve(saying(BOXED), faults=[unknown])

    async def answered():
        return await collected(await served.ask(model, response_format=SCHEMA, stream=streamed))

    with pytest.raises(openai.APIError, match="response_format: the answer is not JSON"):
        await answered()
    assert "response_format" not in served.upstream.stats.bodies[-1]


async def test_an_answer_that_a_cap_cuts_need_not_be_whole(serve):
    served = await serve(saying('{"answer": "' + "x" * 400))
    for model in ("mock", "single"):
        reply = await served.ask(model, response_format=SCHEMA, max_tokens=5)
        assert reply.choices[0].finish_reason == "length"


@pytest.mark.parametrize("wish", ["required", {"type": "function", "function": {"name": "add"}}])
@pytest.mark.parametrize("model", ["mock", "single"])
async def test_a_call_that_cannot_be_forced_is_refused_and_one_can_be_forbidden(serve, model, wish):
    served = await serve(saying(BOXED))
    fields = {"tools": [TOOL]}
    if model == "single":
        fields["extra_body"] = {"redraft": {"tools": True}}
    with pytest.raises(openai.BadRequestError, match="tool_choice: a call cannot be forced"):
        await served.ask(model, tool_choice=wish, **fields)
    await served.ask(model, tool_choice="none", **fields)
    assert "tools" not in served.upstream.stats.bodies[-1]


async def test_a_recipe_without_a_last_call_refuses_a_schema(serve):
    served = await serve()
    with pytest.raises(openai.BadRequestError, match="response_format: recipe vote has no last"):
        await served.ask("vote", response_format=SCHEMA)
    assert served.upstream.requests == 0


async def test_the_answering_call_gets_tools_only_when_that_is_asked(serve):
    served = await serve(
        lambda body: {"content": None, "tool_calls": [CALL]} if "tools" in body else BOXED
    )
    opted = {"redraft": {"tools": True}}
    plain = await served.ask("pdr", tools=[TOOL])
    assert plain.choices[0].message.content == BOXED
    reply = await served.ask("pdr", tools=[TOOL], extra_body=opted)
    assert reply.choices[0].finish_reason == "tool_calls"
    assert reply.choices[0].message.tool_calls[0].function.name == "add"
    # All that was spoken is hidden: the mock counts no tokens for a call of a tool.
    spent = reply.usage
    assert spent.completion_tokens_details.reasoning_tokens == spent.completion_tokens > 0
    turns = [
        {"role": "user", "content": "Add."},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "2", "tool_call_id": "c1"},
    ]
    await served.ask("single", messages=turns, extra_body=opted)
    roles = [message["role"] for message in served.upstream.stats.bodies[-1]["messages"]]
    assert roles[-3:] == ["assistant", "tool", "user"]


@pytest.mark.parametrize("field", [{"tools": []}, {"stop": None}, {"n": None}, {"user": "u"}])
async def test_empty_and_unknown_fields_pass(serve, field):
    served = await serve(saying(BOXED))
    reply = await served.ask("single", extra_body=field)
    assert reply.choices[0].message.content == BOXED


TASK = "### Task:\nGenerate a concise title."


@pytest.mark.parametrize("content", [TASK, [{"type": "text", "text": TASK}]])
async def test_a_front_ends_own_prompt_goes_to_the_plain_model(serve, content):
    served = await serve(saying('{"title": "Sevens"}'))
    reply = await served.ask("pdr", messages=[{"role": "user", "content": content}])
    assert reply.choices[0].message.content == '{"title": "Sevens"}'
    assert served.upstream.stats.bodies[-1]["messages"] == [{"role": "user", "content": TASK}]
    assert served.upstream.requests == 1


async def test_a_conversation_that_holds_such_a_prompt_goes_to_the_graph(serve):
    served = await serve(saying(BOXED))
    turns = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": TASK}]
    await served.ask("pdr", messages=turns)
    assert served.upstream.requests > 1


async def test_an_option_lets_such_a_prompt_through_to_the_graph(serve):
    served = await serve(saying(BOXED), furnishing=Furnishing(retries=0, tasks=False))
    await served.ask("pdr", TASK)
    assert served.upstream.requests > 1
