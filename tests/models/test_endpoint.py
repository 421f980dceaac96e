"""What an endpoint sends and what it reads, over a real connection."""

import asyncio

import pytest

from redraft.core import InputError, Message, Reply, Request, Sampling, ToolCall, ToolSpec, Usage
from redraft.models import Abilities, Endpoint
from redraft.testing import Fault, MockServer, Traits, default_answer

USER = Message(role="user", content="What is 6 times 7?")
KEY = "a-very-secret-key"


class Talk:
    """An endpoint and the mock server that it talks to."""

    def __init__(self, server: MockServer) -> None:
        self.server = server
        self.endpoint = Endpoint(server.url, "mock", timeout=30)

    @property
    def body(self):
        return self.server.stats.bodies[-1]

    async def ask(self, *messages, request=None, **sampling) -> Reply:
        asked = request or Request(messages=messages or (USER,), sampling=Sampling(**sampling))
        return await self.endpoint(asked)


@pytest.fixture
async def open_talk():
    servers, talks = [], []

    async def start(answer=default_answer, **settings):
        server = await MockServer(answer, **settings).__aenter__()
        servers.append(server)
        talks.append(Talk(server))
        return talks[-1]

    yield start
    for talk in talks:
        await talk.endpoint.aclose()
    for server in servers:
        await server.__aexit__()


def saying(**message):
    return lambda body: message


async def test_a_plain_request_sends_only_what_it_says(open_talk):
    talk = await open_talk(saying(content="42"))
    reply = await talk.ask()
    assert talk.body == {"model": "mock", "messages": [{"role": "user", "content": USER.content}]}
    assert reply.choices[0].content == "42"
    assert reply.choices[0].finish == "stop"
    assert reply.usage == Usage(input=6, output=1)
    assert reply.model == "mock"
    assert (reply.key, reply.replayed) == ("", False)
    assert reply.seconds > 0


async def test_sampling_travels(open_talk):
    talk = await open_talk()
    sampling = {"temperature": 0.0, "top_p": 0.9, "max_tokens": 50, "seed": 0, "n": 2}
    await talk.ask(**sampling, stop=("\n", "Q:"))
    sent = {name: talk.body[name] for name in (*sampling, "stop")}
    assert sent == sampling | {"stop": ["\n", "Q:"]}


async def test_eight_completions_are_one_request(open_talk):
    talk = await open_talk()
    reply = await talk.ask(n=8, seed=3)
    assert talk.server.requests == 1
    assert [choice.content[-3] for choice in reply.choices] == list("34567890")
    assert sum(choice.output_tokens for choice in reply.choices) == reply.usage.output == 48


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_reasoning_is_read_from_either_field(open_talk, field):
    talk = await open_talk(saying(**{field: "six sevens", "content": "42"}))
    reply = await talk.ask()
    assert (reply.choices[0].reasoning, reply.choices[0].content) == ("six sevens", "42")
    assert reply.usage == Usage(input=6, output=4, reasoning=3)


async def test_reasoning_is_read_from_tags_in_the_content(open_talk):
    talk = await open_talk(saying(content="<think>six sevens</think>\n\n42"))
    reply = await talk.ask()
    assert (reply.choices[0].reasoning, reply.choices[0].content) == ("six sevens", "42")


async def test_a_cap_within_the_thinking_leaves_no_content(open_talk):
    talk = await open_talk(saying(content="<think>six sevens are forty-two</think>42"))
    (choice,) = (await talk.ask(max_tokens=4)).choices
    assert (choice.reasoning, choice.content, choice.finish) == ("six seven", "", "length")


async def test_json_schema_output_travels(open_talk):
    talk = await open_talk()
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    reply = await talk.ask(request=Request(messages=(USER,), output_schema=schema))
    form = {"type": "json_schema", "json_schema": {"name": "output", "schema": schema}}
    assert talk.body["response_format"] == form
    assert reply.choices[0].content == '{"ok": true}'


async def test_tools_and_tool_calls_travel_both_ways(open_talk):
    function = {"name": "add", "arguments": '{"a": 1'}
    wired = {"id": "c2", "type": "function", "function": function}
    talk = await open_talk(saying(content=None, tool_calls=[wired]))
    asked = Request(
        messages=(
            USER,
            Message(
                role="assistant",
                content="",
                reasoning="I should add.",
                tool_calls=(ToolCall(id="c1", name="add", arguments="{}"),),
            ),
            Message(role="tool", content="3", tool_call_id="c1"),
        ),
        tools=(ToolSpec(name="add", description="adds", parameters={"type": "object"}),),
    )
    (choice,) = (await talk.ask(request=asked)).choices
    assert choice.tool_calls == (ToolCall(id="c2", name="add", arguments='{"a": 1'),)
    assert (choice.content, choice.finish) == ("", "tool_calls")
    tool = {"name": "add", "description": "adds", "parameters": {"type": "object"}}
    assert talk.body["tools"] == [{"type": "function", "function": tool}]
    assert talk.body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "",
            "reasoning": "I should add.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "content": "3", "tool_call_id": "c1"},
    ]


async def test_continuing_the_final_message(open_talk):
    talk = await open_talk(saying(content=" 42."))
    said = Message(role="assistant", content="The answer is")
    await talk.ask(request=Request(messages=(USER, said), continue_final=True))
    assert talk.body["continue_final_message"] is True
    assert talk.body["add_generation_prompt"] is False


async def test_an_answer_after_closed_thinking_is_content_whatever_the_parser_calls_it(open_talk):
    talk = await open_talk(saying(reasoning="42", content=None))
    closed = Message(role="assistant", content="<think>hm</think>The answer is ")
    still_open = Message(role="assistant", content="<think>hm")
    for message, expected in ((closed, ("", "42", 0)), (still_open, ("42", "", 1))):
        asked = Request(messages=(USER, message), continue_final=True)
        reply = await talk.ask(request=asked)
        (choice,) = reply.choices
        assert (choice.reasoning, choice.content, reply.usage.reasoning) == expected
        assert reply.usage.output == 1


@pytest.mark.parametrize(
    ("wire", "finish"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("content_filter", "content_filter"),
        ("abort", "error"),
        ("eos_token", "stop"),
    ],
)
async def test_reasons_to_finish(open_talk, wire, finish):
    body = b'{"choices": [{"message": {"content": "x"}, "finish_reason": "%s"}]}' % wire.encode()
    talk = await open_talk(faults=[Fault(body=body)])
    assert (await talk.ask()).choices[0].finish == finish


async def test_a_model_that_says_nothing_at_all_is_no_error(open_talk):
    body = b'{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}'
    talk = await open_talk(faults=[Fault(body=body)])
    assert (await talk.ask()).choices[0].content == ""


async def test_usage_that_the_server_keeps_to_itself_is_estimated(open_talk):
    talk = await open_talk(saying(content="12345"), traits=Traits(usage=False))
    assert (await talk.ask()).usage == Usage(input=5, output=2, estimated=True)


async def test_more_choices_than_asked_for_are_left_out(open_talk):
    talk = await open_talk(lambda body: ["a", "b", "c"])
    assert [choice.content for choice in (await talk.ask(n=2)).choices] == ["a", "b"]


async def test_a_thousand_calls_in_flight_reach_the_server(open_talk):
    talk = await open_talk(faults=[Fault(wait=3600)] * 1000)
    calls = [asyncio.create_task(talk.ask()) for _ in range(1000)]
    await talk.server.until(in_flight=1000)
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    await talk.server.until(in_flight=0)
    assert talk.server.stats.aborted == 1000


async def test_cancelling_a_call_closes_its_connection(open_talk):
    talk = await open_talk(faults=[Fault(wait=3600)])
    call = asyncio.create_task(talk.ask())
    await talk.server.until(in_flight=1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await talk.server.until(in_flight=0)
    assert talk.server.stats.aborted == 1
    assert len((await talk.ask()).choices) == 1


async def test_the_key_is_sent_and_the_sdk_keeps_quiet_about_the_machine(open_talk):
    talk = await open_talk(traits=Traits(api_key=KEY))
    endpoint = Endpoint(talk.server.url, "mock", api_key=KEY)
    await endpoint(Request(messages=(USER,)))
    await endpoint.aclose()
    headers = {name.lower() for name in talk.server.stats.headers}
    assert "authorization" in headers
    assert not {name for name in headers if name.startswith("x-stainless")}


async def test_a_proxy_is_not_asked_for_a_server_on_this_machine(open_talk, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    talk = await open_talk()
    assert len((await talk.ask()).choices) == 1


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_the_url_may_be_given_in_several_ways(tail):
    assert Endpoint(f"http://127.0.0.1:8000{tail}", "m").url == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "localhost:8000/v1", "", "ftp://x/v1", "http://"]
)
def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(InputError, match="write it like"):
        Endpoint(url, "m")


@pytest.mark.parametrize("url", ["http://h:99999/v1", "http://h:port/v1", "http://[::1/v1"])
def test_a_host_or_port_that_cannot_be_read_is_refused(url):
    with pytest.raises(InputError, match="host or port"):
        Endpoint(url, "m")


async def test_probe_of_vllm(open_talk):
    talk = await open_talk(traits=Traits(models=("mock", "lora"), max_model_len=4096))
    found = await talk.endpoint.probe()
    assert found == Abilities(
        url=talk.server.url,
        model="mock",
        vllm="0.32.0",
        models=("mock", "lora"),
        max_model_len=4096,
        continue_final=True,
        tokenize=True,
        thinking_budget=None,
        priority=True,
    )
    assert await talk.endpoint.probe() is found
    assert talk.server.requests == 0


async def test_probe_of_another_server(open_talk):
    talk = await open_talk(traits=Traits(vllm=False))
    found = await talk.endpoint.probe()
    assert (found.vllm, found.tokenize, found.continue_final) == (None, False, False)
    assert found.thinking_budget is False


async def test_a_model_that_is_not_served_is_named_with_the_nearest(open_talk):
    talk = await open_talk(traits=Traits(models=("Qwen/Qwen3-4B", "llama")))
    endpoint = Endpoint(talk.server.url, "Qwen3-4b")
    with pytest.raises(InputError, match=r"serves Qwen/Qwen3-4B, llama \(did you mean 'Qwen/Q"):
        await endpoint.probe()
    await endpoint.aclose()


async def test_count_asks_vllm_for_the_exact_number(open_talk):
    talk = await open_talk()
    assert await talk.endpoint.count(Request(messages=(USER,))) == 6


async def test_count_is_an_upper_bound_elsewhere(open_talk):
    talk = await open_talk(traits=Traits(vllm=False))
    plain = Request(messages=(USER, Message(role="assistant", content="é")))
    tool = ToolSpec(name="add", description="adds")
    assert await talk.endpoint.count(plain) == 18 + 2 + 2 * 32 + 64
    armed = plain.model_copy(update={"tools": (tool,)})
    size = len(tool.model_dump_json())
    assert await talk.endpoint.count(armed) == 18 + 2 + size + 3 * 32 + 64 + 256


async def test_a_thinking_budget_is_left_to_a_server_that_knows_it(open_talk):
    talk = await open_talk(traits=Traits(thinking_budget=True))
    await talk.ask(max_tokens=100, thinking_tokens=50)
    assert (talk.body["max_tokens"], talk.body["thinking_token_budget"]) == (150, 50)
    assert (await talk.endpoint.probe()).thinking_budget is True
    await talk.ask(thinking_tokens=50)
    assert "max_tokens" not in talk.body


async def test_another_vllm_gets_the_thinking_as_its_cap_after_one_refusal(open_talk):
    talk = await open_talk()
    for expected_requests in (2, 3):
        await talk.ask(max_tokens=100, thinking_tokens=50)
        assert talk.body["max_tokens"] == 50
        assert "thinking_token_budget" not in talk.body
        assert talk.server.requests == expected_requests
    assert (await talk.endpoint.probe()).thinking_budget is False


async def test_a_server_that_cannot_go_on_gets_the_sum_as_its_cap(open_talk):
    talk = await open_talk(traits=Traits(vllm=False))
    await talk.ask(max_tokens=100, thinking_tokens=50)
    assert talk.body["max_tokens"] == 150
    assert "thinking_token_budget" not in talk.body


async def test_a_cap_beyond_the_context_is_sent_as_the_context(open_talk):
    talk = await open_talk(traits=Traits(max_model_len=100))
    await talk.endpoint.probe()
    await talk.ask(max_tokens=1000)
    assert talk.body["max_tokens"] == 100
    await talk.ask(max_tokens=70, thinking_tokens=60)
    assert talk.body["max_tokens"] == 60
    await talk.ask(max_tokens=99)
    assert talk.body["max_tokens"] == 99
