"""What every `Store` must do; a further store is a further line in `STORES`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

import numpy as np
import pytest

from redraft.core import Example, StoreError
from redraft.memory.entry import Entry, Kept, Provenance, Use
from redraft.memory.postgres import PostgresStore
from redraft.memory.sqlite import SqliteStore
from redraft.memory.store import Conflict, NoHandbook, Store

Opens = Callable[..., AbstractAsyncContextManager[Store]]


def in_sqlite(request: pytest.FixtureRequest) -> Opens:
    folder = request.getfixturevalue("tmp_path")
    return lambda name, **how: SqliteStore.open(folder / f"{name}.sqlite", **how)


def in_postgres(request: pytest.FixtureRequest) -> Opens:
    server, test = request.getfixturevalue("postgres"), uuid4().hex
    return lambda name, **how: PostgresStore.open(f"{server.url}&handbook={test}-{name}", **how)


# Each gives a test a way to open handbooks by name: new ones and old ones alike.
STORES: dict[str, Callable[[pytest.FixtureRequest], Opens]] = {
    "sqlite": in_sqlite,
    "postgres": in_postgres,
}


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def opens(request: pytest.FixtureRequest) -> Opens:
    return request.param(request)


@pytest.fixture
async def store(opens: Opens) -> AsyncIterator[Store]:
    async with opens("handbook") as opened:
        yield opened


def entry(name: str, instruction: str = "Add.", **fields) -> Entry:
    return Entry(name=f"behavior_{name}", instruction=instruction, **fields)


def use(problem: str, name: str = "a", *, run: str = "run", **fields) -> Use:
    told = {"shown": True, "correct": True, "input_tokens": 10, "output_tokens": 5}
    return Use(run=run, problem=problem, name=f"behavior_{name}", **{**told, **fields})


def example(key: str, wrong: str = "", **fields) -> Example:
    return Example(key=key, problem=f"What is {key}?", solution="4", wrong=wrong, **fields)


def said(entries: list[Entry]) -> list[tuple[str, str, int]]:
    return [
        (each.name.removeprefix("behavior_"), each.instruction, each.version) for each in entries
    ]


async def test_a_new_handbook_is_empty_at_version_0(store: Store):
    assert await store.version() == 0
    assert await store.entries() == await store.entries(0) == []
    assert await store.uses() == await store.uses(0) == []
    assert await store.use_count() == await store.use_count(0) == 0
    assert await store.examples() == await store.examples(0) == []
    assert await store.history("behavior_a") == []


async def test_an_id_names_one_handbook_and_stays(opens: Opens):
    async with opens("one") as one, opens("one") as again, opens("two") as two:
        names = [one.id, again.id, two.id]
        assert one.cache == again.cache != two.cache
    async with opens("one") as one:
        assert one.id == names[0] == names[1] != names[2]
    assert all(names)


async def test_a_stamp_tells_versions_apart_and_stays(opens: Opens):
    async with opens("one") as one, opens("two") as two:
        before = await one.stamp(0)
        await one.write([entry("a")], read=0)
        await one.add_uses([use("p")])
        await two.write([entry("a")], read=0)
        stamps = [before, await one.stamp(1), await one.stamp(2), await two.stamp(1)]
        assert len({*stamps, await two.stamp(0)}) == 5
    async with opens("one") as again:
        assert [await again.stamp(version) for version in range(3)] == stamps[:3]
        with pytest.raises(StoreError, match="no version 3"):
            await again.stamp(3)


async def test_a_write_makes_one_version_for_all_its_entries(store: Store):
    assert await store.write([entry("b"), entry("a")], read=0) == 1
    assert await store.version() == 1
    assert said(await store.entries()) == [("a", "Add.", 1), ("b", "Add.", 1)]


async def test_every_field_comes_back(opens: Opens):
    full = entry(
        "a",
        "Zähle 'ß' ;\n\t\"β\" 😀",
        topic="sums",
        status="quarantined",
        reason="it costs tokens",
        provenance=(
            Provenance(run="r", problem="p", artifact="x", model="m", prompt="h"),
            Provenance(),
            Provenance(model="é"),
        ),
    )
    gone = use(
        "p é",
        shown=False,
        all_held=True,
        cited=True,
        correct=False,
        output_tokens=2**40,
        wording="ß",
    )
    told = example("p", "5 \x00 'ß'", error="β", explanation="\n\t😀", skills=("é", "", "a, b"))
    async with opens("handbook") as store:
        await store.write([full], read=0)
        await store.add_uses([gone])
        await store.add_examples([told])
    async with opens("handbook") as store:
        assert await store.entries() == [full.model_copy(update={"version": 1})]
        assert await store.uses() == [gone]
        assert await store.examples() == [told]


async def test_the_store_sets_the_version(store: Store):
    await store.write([entry("a", version=77)], read=0)
    assert said(await store.entries()) == [("a", "Add.", 1)]


async def test_entries_are_sorted_by_the_code_points_of_their_names(store: Store):
    names = ["b", "B", "a_1", "a", "a1", "é", "z", "Z", "ﬀ", "😀"]
    await store.write([entry(name) for name in names[:5]], read=0)
    await store.write([entry(name) for name in names[5:]], read=0)
    assert [name for name, _, _ in said(await store.entries())] == sorted(names)


async def test_an_older_version_reads_as_it_did(store: Store):
    seen = [await store.entries()]
    for batch in (
        [entry("a"), entry("b")],
        [entry("b", "Subtract.")],
        [entry("c"), entry("a", status="retired")],
        [entry("b", "Multiply."), entry("a", status="active")],
    ):
        await store.write(batch, read=await store.version())
        seen.append(await store.entries())
    assert [await store.entries(version) for version in range(5)] == seen
    assert said(seen[2]) == [("a", "Add.", 1), ("b", "Subtract.", 2)]
    assert said(seen[3]) == [("a", "Add.", 3), ("b", "Subtract.", 2), ("c", "Add.", 3)]


async def test_a_history_has_every_revision_the_oldest_first(store: Store):
    for number in range(3):
        await store.write([entry("a", f"{number}"), entry("b")], read=number)
    await store.write([entry("c")], read=3)
    assert said(await store.history("behavior_a")) == [("a", "0", 1), ("a", "1", 2), ("a", "2", 3)]
    assert await store.history("behavior") == []


async def test_a_decision_on_an_outdated_behavior_conflicts_and_writes_nothing(store: Store):
    await store.write([entry("a"), entry("b")], read=0)
    await store.write([entry("b", "Subtract.")], read=1)
    with pytest.raises(Conflict, match="behavior_b") as caught:
        await store.write([entry("a", "Lost."), entry("b", "Lost."), entry("c")], read=1)
    assert "\n" not in str(caught.value)
    assert await store.version() == 2
    assert said(await store.entries()) == [("a", "Add.", 1), ("b", "Subtract.", 2)]
    assert await store.write([entry("b", "Multiply.")], read=2) == 3


async def test_changes_of_other_behaviors_do_not_conflict(store: Store):
    await store.write([entry("a")], read=0)
    await store.write([entry("b")], read=0)
    await store.add_uses([use("p")])
    assert await store.write([entry("a", "Subtract.")], read=1) == 4


async def test_a_name_that_somebody_else_took_first_conflicts(store: Store):
    await store.write([entry("a")], read=0)
    with pytest.raises(Conflict, match="behavior_a"):
        await store.write([entry("a")], read=0)


async def test_writing_nothing_makes_no_version(store: Store):
    await store.write([entry("a")], read=0)
    assert await store.write([], read=0) == 1
    assert await store.add_uses([]) == 1
    assert await store.add_examples([]) == 1
    assert await store.version() == 1


async def test_one_write_may_not_have_a_name_twice(store: Store):
    with pytest.raises(StoreError, match="'behavior_a' twice"):
        await store.write([entry("b"), entry("a"), entry("a", "Subtract.")], read=0)
    assert await store.version() == 0
    assert await store.entries() == []


async def test_uses_come_in_the_order_of_their_arrival(store: Store):
    first, second = [use("q"), use("p", "b")], [use("o"), use("p", "a")]
    assert await store.add_uses(first) == 1
    assert await store.add_uses(second) == 2
    assert await store.uses() == first + second
    assert await store.uses(1) == first


async def test_uses_that_are_there_are_not_added_again(store: Store):
    first = [use("p"), use("p", "b"), use("p", run="another")]
    await store.add_uses(first)
    assert await store.add_uses(first) == 1
    assert await store.add_uses([use("p", correct=False), use("q"), use("q", cited=True)]) == 2
    assert await store.uses() == [*first, use("q")]


async def test_uses_are_counted_at_every_version(store: Store):
    await store.add_uses([use("q"), use("p")])
    await store.write([entry("a")], read=0)
    await store.add_uses([use("p"), use("o")])
    assert [await store.use_count(version) for version in range(4)] == [0, 2, 2, 3]
    assert await store.use_count() == 3


async def test_examples_come_in_the_order_of_their_arrival(store: Store):
    first, second = [example("q"), example("p", "5")], [example("o"), example("p", "6")]
    assert await store.add_examples(first) == 1
    assert await store.add_examples(second) == 2
    assert await store.examples() == first + second
    assert await store.examples(1) == first


async def test_an_example_is_there_once_for_each_problem_and_wrong_attempt(store: Store):
    first = [example("p"), example("p", "5"), example("p", "6" * 10_000), example("q", "5")]
    await store.add_examples(first)
    assert await store.add_examples([example("p", "5", error="another"), *first]) == 1
    assert await store.add_examples([example("p", "7"), example("p", "7", error="late")]) == 2
    assert await store.examples() == [*first, example("p", "7")]


async def test_an_example_s_last_revision_counts_and_none_is_lost(store: Store):
    first = [example("p", "5"), example("q")]
    await store.add_examples(first)
    told = first[0].model_copy(update={"explanation": "It counts one twice."})
    assert await store.revise_examples([Kept(example=told, reason="explained")]) == 2
    gone = Kept(example=told, status="retired", reason="its problem is wrong")
    assert await store.revise_examples([gone]) == 3
    assert await store.examples(1) == first
    assert await store.examples(2) == [told, first[1]]
    assert await store.examples(3) == await store.examples() == [first[1]]
    assert await store.add_examples(first) == 3
    assert await store.revise_examples([gone.model_copy(update={"status": "active"})]) == 4
    assert await store.examples() == [told, first[1]]
    history = [(one.example, one.status, one.reason) for one in await store.example_history()]
    assert history == [
        (first[0], "active", ""),
        (told, "active", "explained"),
        (told, "retired", "its problem is wrong"),
        (told, "active", "its problem is wrong"),
        (first[1], "active", ""),
    ]
    versions = [one.version for one in await store.example_history()]
    assert versions == [1, 2, 3, 4, 1]


async def test_what_is_not_there_is_not_revised(store: Store):
    assert await store.revise_examples([Kept(example=example("p"))]) == 0
    assert await store.revise_examples([]) == 0
    assert await store.example_history() == []


async def test_entries_uses_and_examples_share_their_versions(store: Store):
    assert await store.write([entry("a")], read=0) == 1
    assert await store.add_uses([use("p")]) == 2
    assert await store.add_examples([example("p")]) == 3
    assert await store.write([entry("b")], read=3) == 4
    assert said(await store.entries(3)) == [("a", "Add.", 1)]
    assert await store.uses(1) == []
    assert await store.uses(4) == [use("p")]
    assert await store.examples(2) == []
    assert await store.examples(4) == [example("p")]


async def test_remembered_vectors_are_the_embedder_s_in_the_order_of_the_texts(opens: Opens):
    asked = list[str]()

    class Counting:
        name = uuid4().hex

        async def __call__(self, texts):
            asked.extend(texts)
            return [[len(text), -0.1, 1e-30] for text in texts]

    for _ in range(2):
        async with opens("handbook") as store:
            embedder = store.remembering(Counting())
            assert embedder.name == Counting.name
            for texts in (["bb", "a", "bb"], ["a", "ccc", "\ud83d"]):
                vectors = np.asarray(await embedder(texts), np.float32)
                expected = np.float32([[len(text), -0.1, 1e-30] for text in texts])
                assert np.array_equal(vectors, expected)
    assert set(asked) == {"a", "bb", "ccc", "\ud83d"}


async def test_no_handbook_is_made_where_none_is_wanted(opens: Opens):
    with pytest.raises(NoHandbook, match="there is no handbook"):
        async with opens("handbook", create=False):
            pass
    async with opens("handbook") as store:
        name = store.id
    async with opens("handbook", create=False) as store:
        assert store.id == name


@pytest.mark.parametrize("version", [-1, 2])
async def test_a_version_that_is_not_there_is_told(store: Store, version: int):
    await store.write([entry("a")], read=0)
    for read in (store.entries, store.uses, store.use_count, store.examples):
        with pytest.raises(StoreError, match=f"no version {version}, the newest is 1"):
            await read(version)


async def test_who_opened_it_twice_sees_each_others_writes(opens: Opens):
    async with opens("handbook") as one, opens("handbook") as two:
        await one.write([entry("a")], read=0)
        assert said(await two.entries()) == [("a", "Add.", 1)]
        assert await two.add_uses([use("p")]) == 2
        assert await one.uses() == [use("p")]
        await two.write([entry("a", "Subtract.")], read=2)
        with pytest.raises(Conflict):
            await one.write([entry("a", "Multiply.")], read=1)


async def test_writes_at_once_are_all_kept_each_at_a_version_of_its_own(opens: Opens):
    async with opens("handbook") as one, opens("handbook") as two:
        stores = [one, two] * 5
        versions = await asyncio.gather(
            *(store.write([entry(f"{i}")], read=0) for i, store in enumerate(stores)),
            *(store.add_uses([use(f"{i // 2}")]) for i, store in enumerate(stores)),
            *(store.add_examples([example(f"{i // 2}")]) for i, store in enumerate(stores)),
        )
        assert len(set(versions[:10])) == 10
        assert set(versions) == set(range(1, 21))
        assert [name for name, _, _ in said(await one.entries())] == [f"{i}" for i in range(10)]
        assert {each.problem for each in await two.uses()} == {f"{i}" for i in range(5)}
        assert await one.use_count() == len(await one.uses()) == 5
        assert {each.key for each in await two.examples()} == {f"{i}" for i in range(5)}
        assert len(await one.examples()) == 5


async def test_of_those_who_change_one_behavior_at_once_one_wins(opens: Opens):
    async with opens("handbook") as one, opens("handbook") as two:
        results = await asyncio.gather(
            *(store.write([entry("a", f"{i}")], read=0) for i, store in enumerate([one, two] * 3)),
            return_exceptions=True,
        )
        assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 5 + ["int"]
        assert len(await one.history("behavior_a")) == 1
