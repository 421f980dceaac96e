"""Tokens are reported, apportioned so that they add up, or estimated and marked."""

from hypothesis import given
from hypothesis import strategies as st

from redraft.core import Choice, Message, Reply, Request, ToolCall, Usage
from redraft.models.usage import WireUsage, apportion, estimate, measure

REQUEST = Request(messages=(Message(role="user", content="12345678"),))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**5), min_size=1, max_size=20))
def test_shares_add_up_and_are_fair(total, weights):
    shares = apportion(total, weights)
    assert sum(shares) == total
    whole = sum(weights) or len(weights)
    for share, weight in zip(shares, weights if sum(weights) else [1] * len(weights), strict=True):
        assert abs(share - total * weight / whole) < 1


def test_ties_go_to_the_earlier():
    assert apportion(5, [1, 1, 1]) == [2, 2, 1]
    assert apportion(2, [0, 0]) == [1, 1]


def test_a_report_is_taken_as_it_is():
    wire = WireUsage.model_validate(
        {
            "prompt_tokens": 10,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 5},
        }
    )
    usage, choices = measure(wire, [Choice(content="x", reasoning="y")], REQUEST)
    assert usage == Usage(input=10, output=7, reasoning=5, cached=4)
    assert (choices[0].output_tokens, choices[0].estimated) == (7, False)


def test_a_sum_is_apportioned_and_its_parts_are_marked():
    wire = WireUsage(prompt_tokens=10, completion_tokens=9)
    texts = [Choice(content="ab"), Choice(content="", reasoning="abcd")]
    usage, choices = measure(wire, texts, REQUEST)
    assert [choice.output_tokens for choice in choices] == [3, 6]
    assert usage == Usage(input=10, output=9, reasoning=6)
    reply = Reply(choices=tuple(choices), usage=usage)
    assert reply.usage_of(0) == Usage(input=10, output=3, reasoning=2, estimated=True)


def test_unreported_reasoning_is_read_off_the_text():
    wire = WireUsage(prompt_tokens=10, completion_tokens=8)
    usage, _ = measure(wire, [Choice(content="ab", reasoning="abcdef")], REQUEST)
    assert usage == Usage(input=10, output=8, reasoning=6)


def test_without_a_report_all_is_estimated_and_marked():
    call = ToolCall(id="1", name="tool", arguments="{}")
    texts = [Choice(content="12345", reasoning="1234"), Choice(content="", tool_calls=(call,))]
    for wire in (None, WireUsage(prompt_tokens=3), WireUsage(completion_tokens=None)):
        usage, choices = measure(wire, texts, REQUEST)
        assert usage == Usage(input=2, output=5, reasoning=1, estimated=True)
        assert [choice.output_tokens for choice in choices] == [3, 2]
        assert all(choice.estimated for choice in choices)


def test_an_estimate_goes_by_bytes():
    assert [estimate(text) for text in ("", "a", "abcde", "数学")] == [0, 1, 2, 2]
