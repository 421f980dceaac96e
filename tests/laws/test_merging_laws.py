"""Whatever is merged and pruned, nothing vanishes, and doing it again changes nothing."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.memory import Entry, Provenance, SqliteStore, merge, prune
from redraft.memory.entry import LIVE

WORDS = ["add", "pairs", "first", "not", "before", "after", "units", "check", "2", "48", "ignore"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
names = st.lists(st.sampled_from("abc"), min_size=1, max_size=2).map("_".join)
revisions = st.builds(
    Entry,
    name=names.map(lambda name: f"behavior_{name}"),
    instruction=texts,
    topic=st.sampled_from(["", "sums"]),
    status=st.sampled_from([*LIVE, *LIVE, "quarantined", "retired"]),
    provenance=st.lists(st.builds(Provenance, problem=texts), max_size=2).map(tuple),
)
versions = st.lists(st.lists(revisions, max_size=5, unique_by=lambda one: one.name), max_size=4)


async def histories(store: SqliteStore) -> dict[str, list[Entry]]:
    return {one.name: await store.history(one.name) for one in await store.entries()}


def sources(entries: list[Entry]) -> set[Provenance]:
    return {source for entry in entries if entry.status in LIVE for source in entry.provenance}


@settings(max_examples=25, deadline=None)
@given(writes=versions)
def test_merging_and_pruning_lose_nothing_and_do_nothing_twice(writes: list[list[Entry]]):
    async def run(path: Path) -> None:
        async with SqliteStore.open(path) as store:
            for entries in writes:
                await store.write(entries, read=await store.version())
            before, there = await histories(store), await store.entries()
            await merge(store)
            merged = await store.entries()
            assert sources(merged) == sources(there)
            assert await merge(store) == []
            for old, new in zip(there, merged, strict=True):
                assert new == old or old.status in LIVE
                assert new.instruction == old.instruction
            await prune(store)
            version = await store.version()
            assert (await prune(store)).outcomes == []
            assert await store.version() == version
            after = await histories(store)
            assert after.keys() == before.keys()
            for name, history in before.items():
                assert after[name][: len(history)] == history
                assert all(one.reason for one in after[name][len(history) :])

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "handbook.sqlite"))
