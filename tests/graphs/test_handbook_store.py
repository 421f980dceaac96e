"""A user's own LangGraph graph reads a handbook through `store`, and cannot write it."""

import asyncio
from pathlib import Path
from typing import TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore, GetOp, InvalidNamespaceError

from redraft.core import Example, InputError
from redraft.graphs import HandbookStore
from redraft.memory import Entry, SqliteStore

PAIRS = "Look for pairs of numbers that add up to a round number and add these first."
UNITS = "Write the unit beside each quantity and cancel what is equal."
EGGS = Example(key="eggs", problem="Tom has 3 bags of 12 eggs. How many eggs?", solution="36")
PENS = Example(key="pens", problem="Ann has 4 boxes of 5 pens. How many pens?", solution="20")
WRONG = PENS.model_copy(update={"wrong": "9", "error": "calculation"})


class Asked(TypedDict, total=False):
    """The state of the graphs below."""

    question: str
    found: list[str]


def entry(name: str, instruction: str, status: str = "active", topic: str = "") -> Entry:
    fields = {"instruction": instruction, "status": status, "topic": topic}
    return Entry(name=f"behavior_{name}", **fields)


ENTRIES = [
    entry("pairs", PAIRS, topic="sums"),
    entry("units", UNITS, "candidate"),
    entry("gone", f"{PAIRS} Twice.", "retired"),
]


async def filled(path: Path) -> HandbookStore:
    async with SqliteStore.open(path / "book.db") as store:
        await store.write(ENTRIES, read=0)
        await store.add_examples([PENS, EGGS, WRONG])
        return await HandbookStore.of(store)


@pytest.fixture
async def book(tmp_path: Path) -> HandbookStore:
    return await filled(tmp_path)


def graph(node, book: HandbookStore):
    builder = StateGraph(Asked)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    return builder.compile(store=book)


def keys(items) -> list[str]:
    return [item.key.removeprefix("behavior_") for item in items]


async def test_a_graph_finds_what_helps_with_its_problem(book: HandbookStore):
    async def node(state: Asked, *, store: BaseStore):
        items = await store.asearch(("behaviors",), query=state["question"], limit=1)
        return {"found": [item.value["instruction"] for item in items]}

    asked: Asked = {"question": "Which pairs of these numbers add up to a round number?"}
    assert (await graph(node, book).ainvoke(asked))["found"] == [PAIRS]


async def test_a_graph_finds_it_by_its_runtime_too(book: HandbookStore):
    async def node(state: Asked, runtime: Runtime):
        assert runtime.store is not None
        item = await runtime.store.aget(("behaviors",), "behavior_units")
        return {"found": [] if item is None else [item.value["status"]]}

    assert (await graph(node, book).ainvoke({}))["found"] == ["candidate"]


def test_a_node_that_is_no_coroutine_reads_it_as_well(tmp_path: Path):
    book = asyncio.run(filled(tmp_path))

    def node(state: Asked, *, store: BaseStore):
        return {"found": keys(store.search(("behaviors",), query="cancel equal units"))}

    assert graph(node, book).invoke({})["found"][0] == "units"
    assert asyncio.run(graph(node, book).ainvoke({}))["found"][0] == "units"


async def test_a_coroutine_that_would_block_is_told_what_to_call(book: HandbookStore):
    with pytest.raises(InputError, match="asearch and aget"):
        book.get(("behaviors",), "behavior_pairs")


async def test_a_write_is_refused_with_the_way_to_write(book: HandbookStore):
    async def node(state: Asked, *, store: BaseStore):
        await store.aput(("behaviors",), "behavior_x", {"instruction": "X"})
        return {}

    with pytest.raises(InputError, match="redraft handbook build"):
        await graph(node, book).ainvoke({})
    with pytest.raises(InputError, match=r"redraft\.memory\.propose"):
        await book.adelete(("behaviors",), "behavior_pairs")
    with pytest.raises(InputError, match="only read"):
        book.put(("behaviors",), "behavior_x", {})
    assert keys(await book.asearch(("behaviors",))) == ["pairs", "units"]


async def test_what_is_put_away_or_elsewhere_is_not_there(book: HandbookStore):
    assert await book.aget(("behaviors",), "behavior_gone") is None
    assert await book.aget(("users", "ann"), "behavior_pairs") is None
    assert await book.asearch(("users",)) == []
    assert await book.asearch(("behaviors", "more")) == []


async def test_a_list_is_filtered_and_read_in_pages(book: HandbookStore):
    found = await book.asearch(("behaviors",), filter={"topic": "sums"})
    assert keys(found) == ["pairs"]
    assert found[0].value == {
        "name": "behavior_pairs",
        "instruction": PAIRS,
        "topic": "sums",
        "status": "active",
        "version": 1,
    }
    search = book.asearch
    assert keys(await search(("behaviors",), filter={"topic": {"$ne": "sums"}})) == ["units"]
    assert keys(await search(("behaviors",), filter={"version": {"$gt": 1}})) == []
    assert keys(await search(("behaviors",), filter={"version": {"$gte": 1, "$lt": 2}}, limit=1))
    assert keys(await search(("behaviors",), filter={"none": {"$gt": 1}})) == []
    assert keys(await search(("behaviors",), limit=1, offset=1)) == ["units"]
    with pytest.raises(InputError, match=r"\$in"):
        await search(("behaviors",), filter={"topic": {"$in": ["sums"]}})


async def test_a_filter_does_not_use_up_the_places_of_others(book: HandbookStore):
    query = "pairs of numbers that add up; write the unit"
    for topic, name in (("sums", "pairs"), ("", "units")):
        found = await book.asearch(("behaviors",), query=query, filter={"topic": topic}, limit=1)
        assert keys(found) == [name]


async def test_solved_problems_and_mistakes_have_places_of_their_own(book: HandbookStore):
    assert keys(await book.asearch(("examples",))) == ["eggs", "pens"]
    (mistake,) = await book.asearch(("mistakes",))
    assert (mistake.value["wrong"], mistake.value["error"]) == ("9", "calculation")
    assert await book.aget(("mistakes",), mistake.key) == mistake
    query = "Sue has 7 bags of 6 eggs. How many eggs does she have?"
    assert keys(await book.asearch(("examples",), query=query, limit=1)) == ["eggs"]
    assert len(await book.asearch((), limit=100)) == 5


async def test_namespaces_are_listed(book: HandbookStore):
    listed = [("behaviors",), ("examples",), ("mistakes",)]
    assert await book.alist_namespaces() == listed
    assert await book.alist_namespaces(prefix=("ex*",)) == []
    assert await book.alist_namespaces(prefix=("*",), limit=2) == listed[:2]
    assert await book.alist_namespaces(suffix=("mistakes",)) == listed[2:]
    assert await book.alist_namespaces(prefix=("behaviors", "more")) == []


async def test_what_a_node_changes_in_a_value_is_its_own(book: HandbookStore):
    item = await book.aget(("behaviors",), "behavior_pairs")
    assert item is not None
    item.value["instruction"] = "Guess."
    (again,) = await book.abatch([GetOp(("behaviors",), "behavior_pairs")])
    assert again is not None
    assert again.value["instruction"] == PAIRS


async def test_a_handbook_is_read_as_it_stood(tmp_path: Path):
    async with SqliteStore.open(tmp_path / "book.db") as store:
        await store.write(ENTRIES[:1], read=0)
        await store.write(ENTRIES[1:2], read=1)
        old, new = await HandbookStore.of(store, version=1), await HandbookStore.of(store)
        await store.write([ENTRIES[0].model_copy(update={"status": "retired"})], read=2)
    assert keys(await old.asearch(("behaviors",), query="add")) == ["pairs"]
    assert keys(await new.asearch(())) == ["pairs", "units"]


async def test_a_bad_namespace_is_langgraphs_own_error(book: HandbookStore):
    with pytest.raises(InvalidNamespaceError):
        await book.asearch(("a.b",))
