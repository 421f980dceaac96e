"""Values are frozen, closed and additive; problems and requests have stable names."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from redraft.core import (
    AnyArtifact,
    Behavior,
    Behaviors,
    Budget,
    Choice,
    Critique,
    Example,
    Examples,
    Labels,
    Message,
    Origin,
    Problem,
    Record,
    Recurrence,
    Reflection,
    Reply,
    Request,
    Sampling,
    Solution,
    Step,
    Team,
    ToolSpec,
    Usage,
)

SUM = Problem(id="1", prompt="What is 2 + 2?", answer="4")
ASK = Request(
    messages=(Message(role="user", content="What is 2 + 2?"),),
    sampling=Sampling(temperature=1.0, n=8, seed=7),
    origin=Origin(problem=SUM.key, agent="draft", role="actor"),
)
usages = st.builds(
    Usage,
    input=st.integers(0, 10**6),
    output=st.integers(0, 10**6),
    reasoning=st.integers(0, 10**6),
    cached=st.integers(0, 10**6),
    estimated=st.booleans(),
)


def test_values_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        SUM.prompt = "another"


def test_unknown_fields_are_errors():
    with pytest.raises(ValidationError, match="tokens"):
        Usage.model_validate({"input": 1, "tokens": 2})


@pytest.mark.parametrize("field", ["total_tokens", "sequential_tokens", "calls", "seconds"])
def test_a_budget_of_zero_is_refused(field: str):
    with pytest.raises(ValidationError, match=field):
        Budget.model_validate({field: 0})


def test_only_token_limits_need_a_call_to_be_measured():
    assert Budget(total_tokens=1).bounds_tokens
    assert Budget(sequential_tokens=1).bounds_tokens
    assert not Budget(calls=3, seconds=1.5).bounds_tokens


@given(usages, usages, usages)
def test_usage_adds_up_in_any_order(a: Usage, b: Usage, c: Usage):
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Usage() == a
    assert (a + b).total == a.total + b.total


def test_an_estimate_stays_marked_in_a_sum():
    assert (Usage(input=1) + Usage(output=1, estimated=True)).estimated


def test_the_cap_of_a_completion_is_answer_and_thinking_together():
    assert Sampling().cap is None
    assert Sampling(thinking_tokens=100).cap is None
    assert Sampling(max_tokens=50).cap == 50
    assert Sampling(max_tokens=50, thinking_tokens=100).cap == 150


def test_a_problem_reads_with_its_options_in_letters():
    problem = Problem(id="9", prompt="Pick.", answer="B", kind="choice", options=("x", "y"))
    assert problem.text == "Pick.\n(A) x\n(B) y"


def test_a_problem_key_is_its_content():
    assert SUM.key == "ffe66952970651454a1657672bd16042"
    renamed = SUM.model_copy(update={"id": "2", "meta": {"level": 3}})
    assert Problem.model_validate(renamed.model_dump()).key == SUM.key
    changes = [{"prompt": "?"}, {"answer": "5"}, {"answer": None}, {"kind": "text"}]
    changes += [{"options": ("1", "2")}, {"tests": ("assert True",)}]
    keys = {Problem.model_validate(SUM.model_dump() | change).key for change in changes}
    assert len(keys) == len(changes)
    assert SUM.key not in keys


def test_a_request_key_is_stable():
    assert ASK.key("tiny") == "dc9b4d267dca91f83557115ae5d1fda6"


def test_a_request_key_names_problem_role_model_and_wording_only():
    def origin(**change: object) -> Request:
        return ASK.model_copy(update={"origin": ASK.origin.model_copy(update=change)})

    same = [origin(agent="other"), origin(sequential=99)]
    assert {request.key("tiny") for request in same} == {ASK.key("tiny")}
    differ = [
        origin(problem="p"),
        origin(role="critic"),
        ASK.model_copy(update={"sampling": Sampling(temperature=1.0, n=8, seed=8)}),
        ASK.model_copy(update={"continue_final": True}),
        ASK.model_copy(update={"output_schema": {"type": "object"}}),
    ]
    keys = {request.key("tiny") for request in differ} | {ASK.key("tiny"), ASK.key("small")}
    assert len(keys) == len(differ) + 2


def test_keys_and_seeds_are_the_same_in_another_process():
    code = (
        "from redraft.core import *\n"
        "p = Problem(id='1', prompt='What is 2 + 2?', answer='4')\n"
        "c = Context(models={}, prompts={}, checker=None, seed=0)\n"
        "print(p.key, c.seed_for(p, 'draft'), c.seed_for(p, 'draft', 1))\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    run = [sys.executable, "-c", code]
    out = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
    assert out.split() == ["ffe66952970651454a1657672bd16042", "1184979710", "1670380611"]


def test_the_only_completion_of_a_call_costs_the_whole_call():
    usage = Usage(input=10, output=7, reasoning=3, cached=4)
    assert Reply(choices=(Choice(content="4"),), usage=usage).usage_of(0) == usage


@given(st.lists(st.integers(1, 500), min_size=2, max_size=16), st.integers(1, 900))
def test_each_of_many_completions_costs_the_prompt_and_its_own(sizes: list[int], prompt: int):
    choices = tuple(Choice(content="x", output_tokens=size) for size in sizes)
    reply = Reply(choices=choices, usage=Usage(input=prompt, output=sum(sizes)))
    each = [reply.usage_of(i) for i in range(len(sizes))]
    assert [usage.total for usage in each] == [prompt + size for size in sizes]
    assert sum(usage.output for usage in each) == reply.usage.output


def test_an_apportioned_completion_is_marked():
    choices = (Choice(content="x", output_tokens=3, estimated=True), Choice(content="y"))
    reply = Reply(choices=choices, usage=Usage(input=1, output=3))
    assert [reply.usage_of(i).estimated for i in range(2)] == [True, False]


@given(st.text(), st.text())
def test_the_bound_of_a_prompt_is_no_less_than_its_bytes(asked: str, thought: str):
    asked, thought = (text.encode(errors="ignore").decode() for text in (asked, thought))
    said = Message(role="assistant", content="4", reasoning=thought)
    request = Request(messages=(Message(role="user", content=asked), said))
    size = len((asked + thought + "4").encode())
    assert size < request.prompt_bound() <= size + 200


def test_tools_and_schema_are_part_of_the_bound():
    tool = ToolSpec(name="add", description="d" * 500)
    assert ASK.model_copy(update={"tools": (tool,)}).prompt_bound() > ASK.prompt_bound() + 500
    schema = {"output_schema": {"title": "t" * 500}}
    assert ASK.model_copy(update=schema).prompt_bound() > ASK.prompt_bound() + 500


def test_artifacts_come_back_from_json_as_what_they_were():
    artifacts = (
        Solution(id="s", text="4", answer="4", calls=("k",)),
        Critique(id="c", parents=("s",), steps=(Step(index=1, correct=True),), final_correct=True),
        Reflection(id="r", text="right"),
        Behaviors(id="b", items=(Behavior(name="behavior_add", instruction="Add first."),)),
        Examples(id="e", version="book@3", shown=(Example(key="k", problem="2+2", solution="4"),)),
        Labels(id="l", names=("adding",)),
        Recurrence(id="m", mistake=0, text="added twice"),
        Team(id="t", roles=("an accountant",)),
    )
    adapter = TypeAdapter(tuple[AnyArtifact, ...])
    assert adapter.validate_json(adapter.dump_json(artifacts)) == artifacts
    record = Record(id="1", key=SUM.key, recipe="single", artifacts=artifacts)
    assert Record.model_validate_json(record.model_dump_json()) == record
