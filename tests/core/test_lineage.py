"""Costs are read off the lineage: B_seq is the longest path, B_total counts each call once."""

from hypothesis import given
from hypothesis import strategies as st

from redraft.core import Artifact, Choice, Lineage, Origin, Reply, Solution, Usage, Workspace


def reply(key: str, prompt: int, *sizes: int) -> Reply:
    choices = tuple(Choice(content="x", output_tokens=size) for size in sizes)
    return Reply(choices=choices, usage=Usage(input=prompt, output=sum(sizes)), key=key, model="m")


def enter(lineage: Lineage, answer: Reply, *parents: Artifact) -> list[Solution]:
    """What an agent does with a reply: one solution for each completion."""
    lineage.note(Origin(agent="draft", role="actor"), answer)
    return [
        lineage.add(
            Solution(text="x", agent="draft", calls=(answer.key,), usage=answer.usage_of(i)),
            parents,
            i,
        )
        for i in range(len(answer.choices))
    ]


def test_an_empty_lineage_costs_nothing():
    assert Lineage().total() == Usage()
    assert Lineage().sequential([]) == 0


def test_eight_completions_of_one_call_are_paid_once_in_total():
    lineage = Lineage()
    drafts = enter(lineage, reply("a", 100, 10, 20, 30, 40, 50, 60, 70, 80))
    assert lineage.total().total == 100 + 360
    assert lineage.sequential(drafts) == 100 + 80
    assert lineage.sequential(drafts[:1]) == 100 + 10
    assert len(lineage.artifacts) == 8


def test_the_sequential_cost_follows_the_longest_path():
    lineage = Lineage()
    short = enter(lineage, reply("a", 10, 1))
    long = enter(lineage, reply("b", 10, 500))
    [joined] = enter(lineage, reply("c", 20, 5), *short, *long)
    assert joined.parents == (short[0].id, long[0].id)
    assert lineage.sequential([joined]) == 510 + 25
    assert lineage.total().total == 11 + 510 + 25


def test_an_artifact_without_calls_of_its_own_adds_nothing():
    lineage = Lineage()
    drafts = enter(lineage, reply("a", 10, 5, 6))
    picked = lineage.add(Workspace(text="x", agent="top_k"), drafts)
    assert lineage.sequential([picked]) == lineage.sequential(drafts) == 16
    assert lineage.total().total == 21


def test_a_call_whose_text_was_thrown_away_still_counts():
    lineage = Lineage()
    lineage.note(Origin(agent="critic", role="critic"), reply("lost", 30, 12))
    assert lineage.total().total == 42


def test_a_call_entered_twice_counts_once():
    lineage = Lineage()
    for _ in range(2):
        lineage.note(Origin(), reply("a", 10, 5))
    assert lineage.total().total == 15
    assert [call.model for call in lineage.calls.values()] == ["m"]


def test_names_are_the_same_in_every_run_and_differ_within_one():
    def names() -> list[str]:
        lineage = Lineage()
        drafts = enter(lineage, reply("a", 1, 1, 1))
        return [draft.id for draft in (*drafts, *enter(lineage, reply("b", 1, 1), *drafts))]

    assert names() == names()
    assert len(set(names())) == 3
    literal = Lineage().add(Solution(text="4", answer="4", agent="draft", calls=("k",)))
    assert literal.id == "solution-245eb640e4df"


def test_a_parent_shown_twice_is_one_parent():
    lineage = Lineage()
    [draft] = enter(lineage, reply("a", 1, 1))
    assert lineage.add(Workspace(text="x"), [draft, draft]).parents == (draft.id,)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50), st.integers(0, 7)), min_size=1))
def test_no_path_costs_more_than_all_calls(calls: list[tuple[int, int, int]]):
    lineage = Lineage()
    made: list[Solution] = []
    for number, (prompt, size, parents) in enumerate(calls):
        shown = made[-parents:] if parents else []
        made += enter(lineage, reply(str(number), prompt, size), *shown)
    assert lineage.sequential(made) <= lineage.total().total
    assert all(
        lineage.sequential([lineage.artifacts[parent]]) < lineage.sequential([child])
        for child in made
        for parent in child.parents
    )
