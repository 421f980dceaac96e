"""A journal that is looked at: beside its writer, after it, and where it is damaged or missing."""

from pathlib import Path

import pytest

from redraft.core import Choice, Message, Reply, Request, StoreError, Usage
from redraft.models import Journal, PastCalls

ASKED = Request(messages=(Message(role="user", content="why?"),))


def reply(key: str) -> Reply:
    return Reply(choices=(Choice(content=key),), usage=Usage(output=3), seconds=0.5, key=key)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_calls_are_read_while_they_are_written(tmp_path: Path):
    path = tmp_path / "journal.sqlite"
    async with Journal.open(path, job="j") as journal:
        await journal.put("a", "m", ASKED, reply("a"))
        with PastCalls.open(path) as calls:
            assert calls.replies(["a", "b"]) == {"a": reply("a")}
            await journal.put("b", "m", ASKED, reply("b"))
            assert calls.replies(["a", "b"]) == {"a": reply("a"), "b": reply("b")}
            assert calls.request("b") == ASKED
            assert calls.request("c") is None


async def test_looking_leaves_nothing_behind_and_claims_nothing(tmp_path: Path):
    path = tmp_path / "journal.sqlite"
    async with Journal.open(path, job="j") as journal:
        await journal.put("a", "m", ASKED, reply("a"))
    before = files(tmp_path)
    with PastCalls.open(path) as calls:
        assert calls.replies(["a"]) == {"a": reply("a")}
        async with Journal.open(path, job="j"):
            pass
    assert files(tmp_path) == before


def test_a_journal_that_is_not_there_has_no_calls(tmp_path: Path):
    with PastCalls.open(tmp_path / "none.sqlite") as calls:
        assert (calls.replies(["a"]), calls.request("a")) == ({}, None)
    assert files(tmp_path) == []


def test_a_damaged_journal_is_told(tmp_path: Path):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"no database" * 100)
    with (
        PastCalls.open(path) as calls,
        pytest.raises(StoreError, match=r"journal\.sqlite: the journal is damaged"),
    ):
        calls.replies(["a"])
