"""Where a handbook is kept: what is opened, and that no password is shown."""

import sys
from pathlib import Path

import pytest

from redraft.core import InputError
from redraft.memory import NoHandbook, absolute, open_store, without_password


async def test_a_path_is_a_file(tmp_path: Path):
    where = str(tmp_path / "book.db")
    with pytest.raises(NoHandbook, match=r"book\.db: there is no handbook"):
        async with open_store(where, create=False):
            pass
    async with open_store(where) as store:
        name = store.id
    async with open_store(where, create=False) as store:
        assert store.id == name


async def test_a_folder_that_is_missing_can_hold_no_handbook(tmp_path: Path):
    with pytest.raises(InputError, match="its folder does not exist") as caught:
        async with open_store(str(tmp_path / "no" / "book.db"), create=False):
            pass
    assert not isinstance(caught.value, NoHandbook)


async def test_a_scheme_without_a_store_is_told(tmp_path: Path):
    with pytest.raises(InputError, match=r"^mysql://me@host/db: no store answers to mysql://"):
        async with open_store("mysql://me:secret@host/db"):
            pass


async def test_a_missing_driver_is_told_with_its_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("redraft.memory.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        InputError, match=r"^postgresql://me@host/db: .*'redraft\[postgres\]'"
    ) as told:
        async with open_store("postgresql://me:secret@host/db"):
            pass
    assert "secret" not in str(told.value)


def test_a_path_is_made_absolute_and_a_url_is_not(monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    assert absolute("a/book.db") == str(tmp_path / "a" / "book.db")
    assert absolute("postgresql://host/db") == "postgresql://host/db"


@pytest.mark.parametrize(
    "where",
    [
        "book.db",
        "/a:b@c/book.db",
        "postgresql://",
        "postgresql:///db",
        "postgresql://host/db",
        "postgresql://me@host:5432/db",
        "postgresql://host:5432,other:5433/db?target_session_attrs=read-write",
        "postgresql://[::1]:5432/db",
        "postgresql://me@/db?host=/var/run&handbook=algebra",
    ],
)
def test_a_place_without_a_password_is_shown_as_it_is(where: str):
    assert without_password(where) == where


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("postgresql://me:secret@host/db", "postgresql://me@host/db"),
        ("POSTGRES://me:secret@host:1/db", "POSTGRES://me@host:1/db"),
        ("postgresql://:secret@host/db", "postgresql://@host/db"),
        (
            "postgresql://me@host/db?password=secret&handbook=a",
            "postgresql://me@host/db?handbook=a",
        ),
        ("postgresql://host/db?PassWord=secret", "postgresql://host/db"),
        ("postgresql://host/db?pass%77ord=secret", "postgresql://host/db"),
        ("postgresql://host/db?sslpassword=secret&user=me", "postgresql://host/db?user=me"),
        ("postgresql://me:sec@secret@host/db", "postgresql://me@host/db"),
        ("postgresql://me:sec/secret@host/db", "postgresql://me@host/db"),
        ("postgresql://me:sec#secret@host/db", "postgresql://me@host/db"),
        ("postgresql://me:sec?secret@host/db", "postgresql://me"),
        ("postgresql://me:secret", "postgresql://me"),
        ("postgresql://me:secret/db", "postgresql://me/db"),
    ],
)
def test_a_password_is_never_shown(where: str, shown: str):
    assert without_password(where) == shown
    assert without_password(shown) == shown
