"""A handbook's file: what is refused, what survives, and that several processes may write it."""

import asyncio
import itertools
import resource
import shutil
import sqlite3
from pathlib import Path

import pytest

from redraft.core import Example, InputError, StoreError
from redraft.memory.entry import Entry, Kept, Use
from redraft.memory.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "handbook.sqlite"


def entry(name: str, instruction: str = "Add.") -> Entry:
    return Entry(name=f"behavior_{name}", instruction=instruction)


async def keep(path: Path, *names: str) -> None:
    async with SqliteStore.open(path) as store:
        await store.write([entry(name) for name in names], read=0)


async def names_in(path: Path) -> list[str]:
    async with SqliteStore.open(path, create=False) as store:
        return [each.name.removeprefix("behavior_") for each in await store.entries()]


async def refusal(path: Path, kind: type[Exception], *, create: bool = True) -> str:
    with pytest.raises(kind) as caught:
        async with SqliteStore.open(path, create=create):
            pass
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def change(path: Path, statement: str) -> None:
    other = sqlite3.connect(path)
    other.executescript(statement)
    other.close()


async def test_a_closed_handbook_is_one_file(path: Path):
    await keep(path, "a")
    assert [each.name for each in path.parent.iterdir()] == ["handbook.sqlite"]


async def test_what_was_returned_is_committed(path: Path):
    async with SqliteStore.open(path) as store:
        await store.write([entry("a")], read=0)
        with sqlite3.connect(path) as other:
            rows = other.execute("SELECT name, version FROM revisions").fetchall()
        other.close()
    assert rows == [("behavior_a", 1)]


async def test_a_copy_has_the_same_id(path: Path):
    async with SqliteStore.open(path) as store:
        name = store.id
    copy = shutil.copy(path, path.with_name("copy.sqlite"))
    async with SqliteStore.open(Path(copy)) as store:
        assert store.id == name


async def test_a_name_that_is_odd_in_an_address_is_a_name(tmp_path: Path):
    await keep(tmp_path / "50% ?mode=memory #1.sqlite", "a")
    assert [each.name for each in tmp_path.iterdir()] == ["50% ?mode=memory #1.sqlite"]


async def test_no_handbook_is_made_where_none_is_asked_for(path: Path):
    told = await refusal(path, InputError, create=False)
    assert "there is no handbook" in told
    assert not path.exists()


async def test_a_folder_is_refused(tmp_path: Path):
    assert "is a folder, not a handbook" in await refusal(tmp_path, InputError)


async def test_a_missing_folder_is_told(tmp_path: Path):
    told = await refusal(tmp_path / "none" / "handbook.sqlite", InputError)
    assert "its folder does not exist" in told


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all", b"# Handbook\n" * 1000, b"SQLite format 3\x00"]
)
async def test_what_is_no_handbook_is_refused_and_left_as_it_is(path: Path, content: bytes):
    path.write_bytes(content)
    assert "is not a handbook" in await refusal(path, InputError)
    assert path.read_bytes() == content


async def test_another_database_is_refused_and_left_as_it_is(path: Path):
    change(path, "CREATE TABLE revisions (id); PRAGMA user_version=1;")
    before = path.read_bytes()
    assert "is not a handbook" in await refusal(path, InputError)
    assert path.read_bytes() == before


async def test_a_newer_format_asks_for_a_newer_redraft(path: Path):
    await keep(path, "a")
    change(path, "PRAGMA user_version=2")
    told = await refusal(path, InputError)
    assert "has format 2, this Redraft reads format 1; update Redraft" in told


@pytest.mark.parametrize("kept", [0.3, 0.9])
async def test_a_truncated_handbook_is_damaged(path: Path, kept: float):
    await keep(path, *(f"{i}" for i in range(200)))
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    told = await refusal(path, StoreError)
    assert "damaged" in told
    assert "restore it from a copy" in told


async def test_an_overwritten_page_is_damage(path: Path):
    await keep(path, *(f"{i}" for i in range(200)))
    content = bytearray(path.read_bytes())
    content[-4096:-3096] = bytes(1000)
    path.write_bytes(content)
    assert "damaged" in await refusal(path, StoreError)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM handbook",
        "DROP TABLE handbook",
    ],
)
async def test_a_handbook_without_an_id_is_damaged(path: Path, statement: str):
    await keep(path, "a")
    change(path, statement)
    assert "damaged" in await refusal(path, StoreError)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revisions SET status = 'new'",
        "UPDATE revisions SET provenance = '{'",
        "UPDATE revisions SET reason = CAST(x'ff' AS TEXT)",
        "DROP TABLE revisions",
    ],
)
async def test_a_row_that_cannot_be_read_is_damage_told_in_one_line(path: Path, statement: str):
    await keep(path, "a")
    change(path, statement)
    async with SqliteStore.open(path) as store:
        with pytest.raises(StoreError, match="damaged") as caught:
            await store.entries()
    assert "\n" not in str(caught.value)


async def test_a_handbook_from_before_there_were_examples_takes_them(path: Path):
    await keep(path, "a")
    change(path, "DROP TABLE examples")
    async with SqliteStore.open(path, create=False) as store:
        assert await store.examples() == []
        told = Example(key="p", problem="What is 2 + 2?", solution="4")
        assert await store.add_examples([told]) == 2
    async with SqliteStore.open(path, create=False) as store:
        assert await store.examples() == [told]
        assert [each.name for each in await store.entries()] == ["behavior_a"]


async def test_a_handbook_from_before_examples_were_revised_takes_revisions(path: Path):
    told = Example(key="p", problem="?", solution="4")
    async with SqliteStore.open(path) as store:
        await store.add_examples([told])
    change(path, "DROP TABLE example_revisions")
    async with SqliteStore.open(path, create=False) as store:
        assert await store.examples() == [told]
        await store.revise_examples([Kept(example=told, status="retired")])
        assert await store.examples() == []


async def test_a_handbook_from_before_wordings_were_kept_takes_them(path: Path):
    told = {"run": "r", "shown": True, "correct": True, "input_tokens": 1, "output_tokens": 1}
    old, new = (Use(problem=p, name="behavior_a", **told) for p in ("old", "new"))
    async with SqliteStore.open(path) as store:
        await store.add_uses([old])
    change(path, "ALTER TABLE uses DROP COLUMN wording")
    async with SqliteStore.open(path, create=False) as store:
        new = new.model_copy(update={"wording": "w"})
        await store.add_uses([new])
        assert await store.uses() == [old, new]


async def test_a_handbook_that_is_gone_is_not_started_anew_beside_its_log(path: Path):
    await keep(path, "a")
    path.rename(path.with_name("handbook.sqlite-wal"))
    told = await refusal(path, StoreError)
    assert "gone while handbook.sqlite-wal is still there" in told
    assert not path.exists()


async def test_an_unfinished_creation_is_made_again(path: Path):
    path.with_name("handbook.sqlite.new").write_bytes(b"SQLite format 3\x00")
    path.with_name("handbook.sqlite.new-wal").write_bytes(b"left over")
    await keep(path, "a")
    assert await names_in(path) == ["a"]
    assert [each.name for each in path.parent.iterdir()] == ["handbook.sqlite"]


async def test_half_a_character_is_told_and_nothing_is_written(path: Path):
    async with SqliteStore.open(path) as store:
        with pytest.raises(StoreError, match="half a character"):
            await store.write([entry("a"), entry("b", "\ud83d")], read=0)
        for field in ("key", "solution", "wrong"):
            whole = Example(key="p", problem="What is 2 + 2?", solution="4")
            with pytest.raises(StoreError, match="half a character"):
                await store.add_examples([whole, whole.model_copy(update={field: "\ud83d"})])
        assert await store.version() == 0
        assert await store.entries() == await store.examples() == []


async def test_a_write_that_waits_does_not_hold_up_the_loop(path: Path):
    async with SqliteStore.open(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(store.write([entry("a")], read=0))
        for _ in range(5):
            await asyncio.sleep(0.01)
        assert not writing.done()
        other.execute("ROLLBACK")
        other.close()
        assert await writing == 1


async def test_a_cancelled_write_is_whole_or_absent(path: Path):
    async with SqliteStore.open(path) as store:
        for number in range(5):
            batch = [entry(f"{number}{letter}") for letter in "abc"]
            writing = asyncio.create_task(store.write(batch, read=0))
            await asyncio.sleep(0)
            writing.cancel()
        last = await store.write([entry("last")], read=0)
        versions = [each.version for each in await store.entries()]
    sizes = [len(list(group)) for _, group in itertools.groupby(versions)]
    assert sizes == [3] * (last - 1) + [1]


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_FSIZE)[1] != -1, reason="files are limited")
async def test_a_full_disk_fails_the_write_and_loses_nothing(path: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with SqliteStore.open(path) as store:
        await store.write([entry("early")], read=0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**18, hard))
        try:
            with pytest.raises(StoreError, match="cannot be read or written") as caught:
                await store.write([entry(f"{i}", "x" * 5000) for i in range(1000)], read=0)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "what was written before is still there" in str(caught.value)
        assert await store.write([entry("late")], read=1) == 2
    assert await names_in(path) == ["early", "late"]
