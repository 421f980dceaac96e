"""Solved problems enter a handbook through the gate, once; what is said later is kept too."""

from pathlib import Path

import pytest

from redraft.core import Example, InputError
from redraft.memory import SqliteStore, set_example_status, stated, teach


def example(key: str, wrong: str = "", **fields) -> Example:
    told = {"problem": f"What is {key}?", "solution": "4", **fields}
    return Example(key=key, wrong=wrong, **told)


@pytest.fixture
async def store(tmp_path: Path):
    async with SqliteStore.open(tmp_path / "book.db") as opened:
        yield opened


async def test_what_passes_enters_once(tmp_path: Path):
    given = [
        example("p"),
        example("p", "5"),
        example("p", "5", explanation="It miscounts.", problem="In other words?"),
        example("q", "4"),
        example("r", "see https://example.org"),
    ]
    async with SqliteStore.open(tmp_path / "book.db") as store:
        taught = await teach(store, given)
        assert (taught.added, taught.known, taught.version) == (2, 1, 1)
        assert taught.refused.keys() == {3, 4}
        told = given[1].model_copy(update={"explanation": "It miscounts."})
        assert await store.examples() == [given[0], told]
        again = await teach(store, [*given, example("s")])
        assert (again.added, again.known, again.version) == (1, 3, 2)
        assert (await teach(store, given)).version == 2


async def test_nothing_is_taught_by_nothing(tmp_path: Path):
    async with SqliteStore.open(tmp_path / "book.db") as store:
        taught = await teach(store, [])
        assert (taught.added, taught.known, taught.refused, taught.version) == (0, 0, {}, 0)


async def test_a_newer_explanation_takes_the_place_of_an_older_one_which_is_kept(store):
    plain = example("p", "5")
    await teach(store, [plain])
    for words in ("It miscounts.", "It adds one twice."):
        told = example("p", "5", explanation=words, solution="another")
        taught = await teach(store, [told], reason="learnt from run r")
        assert (taught.added, taught.revised, taught.known) == (0, 1, 0)
        again = await teach(store, [told, plain])
        assert (again.revised, again.known, again.version) == (0, 2, taught.version)
    [shown] = await store.examples()
    assert shown == plain.model_copy(update={"explanation": "It adds one twice."})
    said = [(one.example.explanation, one.reason) for one in await store.example_history()]
    assert said == [
        ("", ""),
        ("It miscounts.", "learnt from run r"),
        ("It adds one twice.", "learnt from run r"),
    ]


async def test_what_a_person_states_is_taken_over_and_the_rest_stays(store):
    await teach(store, [example("p", "5", explanation="It miscounts.", skills=("sums",))])
    corrected = Example(key="p", problem="What is p?", wrong="5", solution="6", explanation="")
    assert (await teach(store, [corrected], says=stated)).revised == 1
    [shown] = await store.examples()
    assert (shown.solution, shown.explanation, shown.skills) == ("6", "", ("sums",))


async def test_what_was_retired_is_not_taught_again_until_it_is_put_back(store):
    await teach(store, [example("p"), example("q")])
    first, _ = await store.example_history()
    done = await set_example_status(store, first.id, "retired", "the solution is wrong")
    assert (done.name, done.did) == (first.id, "retired")
    taught = await teach(store, [example("p", skills=("sums",))], says=stated)
    assert (taught.added, taught.revised, taught.known) == (0, 0, 1)
    assert [one.key for one in await store.examples()] == ["q"]
    again = await set_example_status(store, first.id, "retired", "again")
    assert again.did == "unchanged"
    await set_example_status(store, first.id, "active", "it is right after all")
    assert [one.key for one in await store.examples()] == ["p", "q"]
    with pytest.raises(InputError, match="no example 'nothing'"):
        await set_example_status(store, "nothing", "retired", "x")
