"""Whatever is written down is read back the same, and the lineage adds up in any order."""

import random
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from redraft.core import (
    AnyArtifact,
    Choice,
    Failure,
    Lineage,
    Message,
    Origin,
    Record,
    Reply,
    Request,
    Sampling,
    Solution,
    ToolCall,
    ToolSpec,
    Usage,
    Verdict,
)

tokens = st.integers(0, 10**9)
usages = st.builds(
    Usage, input=tokens, output=tokens, reasoning=tokens, cached=tokens, estimated=st.booleans()
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
tables = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers() | numbers | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=5,
    ),
    max_size=3,
)
maybe_text = st.none() | st.text(max_size=9)
messages = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    content=st.text(),
    reasoning=st.text(),
    tool_calls=st.tuples() | st.tuples(st.builds(ToolCall)),
)
requests = st.builds(
    Request,
    messages=st.lists(messages, max_size=3).map(tuple),
    sampling=st.builds(Sampling, temperature=st.none() | st.floats(0, 2), seed=st.none() | tokens),
    tools=st.lists(st.builds(ToolSpec, parameters=tables), max_size=1).map(tuple),
    output_schema=st.none() | tables,
    origin=st.builds(Origin, problem=st.text(), role=st.text(), sequential=tokens),
)
replies = st.builds(
    Reply,
    choices=st.lists(st.builds(Choice), max_size=3).map(tuple),
    usage=usages,
    seconds=st.floats(0, 1e6),
)
# Types alone do not say where a score lies.
st.register_type_strategy(
    Verdict, st.builds(Verdict, score=st.none() | st.floats(0, 1), comment=st.text())
)
artifacts = st.one_of(*(st.from_type(kind) for kind in get_args(get_args(AnyArtifact)[0])))
records = st.builds(
    Record,
    knobs=tables,
    usage=st.dictionaries(st.text(max_size=5), usages, max_size=2),
    seconds=st.floats(0, 1e6),
    failures=st.lists(st.builds(Failure), max_size=2).map(tuple),
    artifacts=st.lists(artifacts, max_size=3).map(tuple),
    candidates=st.lists(maybe_text, max_size=3).map(tuple),
    counts=st.dictionaries(st.text(max_size=5), tokens, max_size=2),
)


@given(requests)
def test_requests_come_back_the_same_under_the_same_key(request: Request):
    again = Request.model_validate_json(request.model_dump_json())
    assert again == request
    assert again.key("m") == request.key("m")


@given(requests)
def test_a_prompt_never_has_more_bytes_than_its_bound(request: Request):
    texts = [message.content + message.reasoning for message in request.messages]
    assert request.prompt_bound() >= sum(len(text.encode()) for text in texts)


@given(replies)
def test_replies_come_back_the_same(reply: Reply):
    assert Reply.model_validate_json(reply.model_dump_json()) == reply


@given(records)
def test_records_come_back_the_same(record: Record):
    assert Record.model_validate_json(record.model_dump_json()) == record


@given(artifacts)
def test_artifacts_come_back_the_same(artifact: AnyArtifact):
    adapter: TypeAdapter[AnyArtifact] = TypeAdapter(AnyArtifact)
    assert adapter.validate_json(adapter.dump_json(artifact)) == artifact


Layers = list[list[tuple[Usage, set[int]]]]
layers: st.SearchStrategy[Layers] = st.lists(
    st.lists(st.tuples(usages, st.sets(st.integers(0, 3), max_size=3)), min_size=1, max_size=4),
    min_size=1,
    max_size=4,
)


def grow(layers: Layers, seed: int) -> tuple[Lineage, list[Solution]]:
    """A lineage of rounds: each draft has a call of its own and sees some of the round before.

    `seed` decides in which order the drafts of a round come in.
    """
    lineage, before = Lineage(), list[Solution]()
    for depth, layer in enumerate(layers):
        drafts: dict[int, Solution] = {}
        order = list(range(len(layer)))
        random.Random(seed).shuffle(order)
        for place in order:
            usage, seen = layer[place]
            key = f"{depth}-{place}"
            lineage.note(Origin(agent="a"), Reply(choices=(), usage=usage, key=key))
            shown = [before[i] for i in sorted(seen) if i < len(before)]
            draft = Solution(text="", agent="a", calls=(key,), usage=usage)
            drafts[place] = lineage.add(draft, shown)
        before = [drafts[place] for place in range(len(layer))]
    return lineage, before


@given(layers)
def test_a_path_costs_no_more_than_all(layers: Layers):
    lineage, last = grow(layers, 0)
    total = lineage.total().total
    assert lineage.sequential(last) <= total
    assert total == sum(usage.total for layer in layers for usage, _ in layer)
    for draft in last:
        parents = [lineage.artifacts[name] for name in draft.parents]
        assert lineage.sequential([draft]) == lineage.sequential(parents) + draft.usage.total


@given(layers, st.integers())
def test_names_and_costs_do_not_depend_on_who_comes_first(layers: Layers, seed: int):
    (one, last), (other, last_again) = grow(layers, 0), grow(layers, seed)
    assert one.artifacts == other.artifacts
    assert last == last_again
    assert one.total() == other.total()
    assert one.sequential(last) == other.sequential(last)
    assert len(one.artifacts) == sum(len(layer) for layer in layers)


@given(replies, usages)
def test_a_call_is_counted_once(reply: Reply, other: Usage):
    lineage = Lineage()
    lineage.note(Origin(), reply)
    lineage.note(Origin(agent="again"), reply.model_copy(update={"usage": other}))
    assert lineage.total() == reply.usage
