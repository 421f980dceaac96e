"""Solved problems enter a handbook through the gate, once, the first of equals."""

from pathlib import Path

from redraft.core import Example
from redraft.memory import SqliteStore, teach


def example(key: str, wrong: str = "", **fields) -> Example:
    return Example(key=key, problem=f"What is {key}?", solution="4", wrong=wrong, **fields)


async def test_what_passes_enters_once(tmp_path: Path):
    given = [
        example("p"),
        example("p", "5"),
        example("p", "5", explanation="late"),
        example("q", "4"),
        example("r", "see https://example.org"),
    ]
    async with SqliteStore.open(tmp_path / "book.db") as store:
        taught = await teach(store, given)
        assert (taught.added, taught.known, taught.version) == (2, 1, 1)
        assert taught.refused.keys() == {3, 4}
        assert await store.examples() == given[:2]
        again = await teach(store, [*given, example("s")])
        assert (again.added, again.known, again.version) == (1, 3, 2)
        assert (await teach(store, given)).version == 2


async def test_nothing_is_taught_by_nothing(tmp_path: Path):
    async with SqliteStore.open(tmp_path / "book.db") as store:
        taught = await teach(store, [])
        assert (taught.added, taught.known, taught.refused, taught.version) == (0, 0, {}, 0)
