"""A handbook in Postgres: what is refused, what survives, and a database that goes away."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from redraft.core import Example, InputError, StoreError
from redraft.memory import Conflict, NoHandbook, open_snapshot, open_store
from redraft.memory.entry import Entry, Kept, Use

SOCKET = ".s.PGSQL.5432"


@pytest.fixture
def url(postgres) -> str:
    return f"{postgres.url}&handbook={uuid4().hex}"


@pytest.fixture
def empty(postgres) -> str:
    """The URL of a database in which there has never been a handbook."""
    name = f"db{uuid4().hex}"
    change(postgres.url, f"CREATE DATABASE {name}")
    return postgres.url.replace("/postgres?", f"/{name}?")


def entry(name: str, instruction: str = "Add.") -> Entry:
    return Entry(name=f"behavior_{name}", instruction=instruction)


def use(problem: str) -> Use:
    return Use(
        run="r",
        problem=problem,
        name="behavior_a",
        shown=True,
        correct=True,
        input_tokens=1,
        output_tokens=1,
    )


def change(url: str, statement: str, *values: object) -> None:
    with psycopg.connect(url.partition("&handbook")[0], autocommit=True) as other:
        other.execute(statement, values)


async def refusal(url: str, kind: type[Exception], *, create: bool = True) -> str:
    with pytest.raises(kind) as caught:
        async with open_store(url, create=create):
            pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_database_holds_handbooks_by_name(postgres):
    one, two = f"{postgres.url}&handbook={uuid4().hex}", f"{postgres.url}&handbook=a%2F{uuid4()}"
    async with open_store(one) as first, open_store(two) as second:
        assert first.id != second.id
        await first.write([entry("a")], read=0)
        assert await second.version() == 0
        assert await second.entries() == []
        assert await second.write([entry("a")], read=0) == 1


async def test_a_handbook_without_a_name_has_one(empty: str):
    assert "no handbook 'handbook'" in await refusal(empty, NoHandbook, create=False)
    async with open_store(empty) as store:
        name = store.id
    async with open_store(f"{empty}&handbook=handbook", create=False) as store:
        assert store.id == name


async def test_many_may_make_the_first_handbook_at_once(empty: str):
    async def name(number: int) -> str:
        async with open_store(f"{empty}&handbook={number % 2}") as store:
            return store.id

    names = await asyncio.gather(*(name(number) for number in range(6)))
    assert len(set(names)) == 2
    assert set(names[::2]) == {names[0]}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:p%ss-secret@host/db",
        "postgresql://me:secret",
        "postgresql://me:secret/pass@host/db",
        "postgresql://me:pa@secret@host/db",
        "postgresql://me:secret@host:port/db",
        "postgresql://host/db?secret=1",
        "postgresql://me:secret@host/db?sslmode",
    ],
)
async def test_what_is_no_url_is_told_without_its_password(url: str):
    told = await refusal(url, InputError)
    assert "not the URL of a Postgres database" in told
    assert "secret@" not in told
    assert ":secret" not in told


async def test_a_database_that_is_not_there_is_told_at_once_without_the_password(postgres):
    url = postgres.url.replace("postgres@/postgres", "postgres:secret@/secret-db")
    told = await refusal(url, StoreError)
    assert told.startswith("postgresql://postgres@/secret-db?host=")
    assert 'database "...-db" does not exist' in told
    assert "check the URL" in told


async def test_a_newer_format_is_told(url: str):
    async with open_store(url):
        pass
    name = url.rpartition("=")[2]
    change(url, "UPDATE redraft.handbooks SET format = 2 WHERE name = %s", name)
    assert "has format 2, this Redraft reads format 1" in await refusal(url, InputError)


async def test_tables_from_before_examples_were_revised_take_revisions(empty: str):
    told = Example(key="p", problem="?", solution="4")
    async with open_store(empty) as store:
        await store.add_examples([told])
    change(empty, "DROP TABLE redraft.example_revisions")
    async with open_store(empty, create=False) as store:
        assert await store.examples() == [told]
        await store.revise_examples([Kept(example=told, status="retired")])
        assert await store.examples() == []


async def test_a_row_that_cannot_be_read_is_damage(url: str):
    async with open_store(url) as store:
        await store.write([entry("damaged")], read=0)
        change(url, "UPDATE redraft.revisions SET body = '{}' WHERE name = 'behavior_damaged'")
        with pytest.raises(StoreError, match="damaged") as caught:
            await store.entries()
        assert "\n" not in str(caught.value)


async def test_what_cannot_be_kept_is_told_and_nothing_is_written(url: str):
    whole = Example(key="p", problem="What is 2 + 2?", solution="4")
    async with open_store(url) as store:
        with pytest.raises(StoreError, match="half a character"):
            await store.write([entry("a"), entry("b", "\ud83d")], read=0)
        with pytest.raises(StoreError, match="half a character"):
            await store.add_examples([whole, whole.model_copy(update={"wrong": "\ud83d"})])
        with pytest.raises(StoreError, match=r"cannot be read or written .*NUL"):
            await store.write([entry("a"), entry("\x00")], read=0)
        assert await store.version() == 0
        assert await store.entries() == await store.examples() == []
        assert await store.write([entry("a", "\x00")], read=0) == 1
        assert [each.instruction for each in await store.entries()] == ["\x00"]


async def test_a_write_that_waits_does_not_hold_up_the_loop(url: str):
    locked = "SELECT 1 FROM redraft.handbooks WHERE name = %s FOR UPDATE"
    async with open_store(url) as store, open_store(url) as reader:
        with psycopg.connect(url.partition("&handbook")[0]) as other:
            other.execute(locked, (url.rpartition("=")[2],))
            writing = asyncio.create_task(store.write([entry("a")], read=0))
            for _ in range(5):
                await asyncio.sleep(0.01)
            assert await reader.version() == 0
            assert not writing.done()
        assert await writing == 1


async def test_a_cancelled_write_is_whole_or_absent(url: str):
    async with open_store(url) as store:
        for number in range(10):
            batch = [entry(f"{number}{letter}") for letter in "abc"]
            writing = asyncio.create_task(store.write(batch, read=0))
            await asyncio.sleep(number / 1000)
            writing.cancel()
        last = await store.write([entry("last")], read=0)
        versions = sorted(each.version for each in await store.entries())
    sizes = [len(list(group)) for _, group in itertools.groupby(versions)]
    assert sizes == [3] * (last - 1) + [1]


async def test_a_database_that_goes_away_is_waited_for(postgres, url: str):
    async with open_store(url) as store:
        assert await store.write([entry("a")], read=0) == 1
        with postgres.away():
            writing = asyncio.create_task(store.write([entry("b")], read=1))
            await asyncio.sleep(0.1)
            assert not writing.done()
        assert await writing == 2
        assert [each.name for each in await store.entries()] == ["behavior_a", "behavior_b"]


async def test_a_database_that_went_away_between_calls_is_found_again(postgres, url: str):
    async with open_store(url) as store:
        await store.write([entry("a")], read=0)
        with postgres.away():
            pass
        assert await store.version() == 1


class Lengths:
    """Embeds a text as its length, and says what it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = list[str]()

    async def __call__(self, texts):
        self.asked += texts
        return [[len(text), 1.0] for text in texts]


async def test_a_text_is_embedded_once_for_all_machines(url: str):
    name = uuid4().hex
    embedders = [Lengths(name), Lengths(name), Lengths(f"{name}'s other")]
    for embedder in embedders:
        async with open_store(url) as store:
            vectors = await store.remembering(embedder)(["bb", "a", "bb"])
        assert [list(vector) for vector in vectors] == [[2, 1], [1, 1], [2, 1]]
    assert [embedder.asked for embedder in embedders] == [["bb", "a"], [], ["bb", "a"]]


async def test_a_behavior_s_vector_is_found_in_sql(url: str, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = """
        SELECT vector <-> '[3, 1]' FROM redraft.vectors JOIN redraft.revisions
        ON text = encode(sha256(convert_to(body->>'instruction', 'UTF8')), 'hex')
        WHERE embedder = %s AND name = 'behavior_found'
    """
    embedder = Lengths(uuid4().hex)
    async with open_store(url) as store:
        await store.write([entry("found", "é"), entry("b", "Subtract.")], read=0)
        snapshot = await open_snapshot(store, embedder=embedder)
    assert snapshot.embedder is embedder
    with psycopg.connect(url.partition("&handbook")[0]) as other:
        assert other.execute(found, (embedder.name,)).fetchall() == [(2.0,)]


async def test_without_pgvector_every_text_is_embedded(empty: str):
    async with open_store(empty):
        pass
    role = f"role{uuid4().hex}"
    change(empty, f"CREATE ROLE {role} LOGIN")
    change(empty, f"GRANT USAGE ON SCHEMA redraft TO {role}")
    change(empty, f"GRANT ALL ON ALL TABLES IN SCHEMA redraft TO {role}")
    embedder = Lengths("lengths")
    async with open_store(empty.replace("postgres@", f"{role}@"), create=False) as store:
        assert await store.write([entry("a")], read=0) == 1
        for _ in range(2):
            assert await store.remembering(embedder)(["a", "a"]) == [[1, 1], [1, 1]]
    assert embedder.asked == ["a"] * 4


class Thief:
    """Stands before a server's socket; once `armed`, it keeps the answer to the next COMMIT."""

    def __init__(self, server: Path) -> None:
        self.armed = False
        self._stolen = False
        self._server = server
        self._serving = set[asyncio.Task]()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.current_task())
        theirs, to_server = await asyncio.open_unix_connection(str(self._server))
        answers = asyncio.create_task(pass_on(theirs, writer))
        await pass_on(reader, to_server, self._let)
        if self._stolen:
            self._stolen = False
            answers.cancel()
            await asyncio.wait([answers])
            await theirs.read(1)  # so the server has carried it out
        for one in (to_server, writer):
            one.close()
            with suppress(ConnectionError):
                await one.wait_closed()
        await asyncio.gather(answers, return_exceptions=True)

    async def gone(self) -> None:
        """All its connections are closed."""
        await asyncio.gather(*self._serving)

    def _let(self, data: bytes) -> bool:
        self._stolen = self.armed and b"COMMIT" in data
        self.armed = self.armed and not self._stolen
        return not self._stolen


async def pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    go_on: Callable[[bytes], bool] = lambda data: True,
) -> None:
    while data := await reader.read(2**16):
        writer.write(data)
        await writer.drain()
        if not go_on(data):
            return


async def test_a_write_whose_answer_was_lost_is_not_made_twice(postgres, tmp_path_factory):
    base = Path(postgres.url.rpartition("=")[2])
    folder = tmp_path_factory.mktemp("thief")
    thief = Thief(base / SOCKET)
    server = await asyncio.start_unix_server(thief, str(folder / SOCKET))
    url = f"postgresql://postgres@/postgres?host={folder}&handbook={uuid4().hex}"
    async with server, open_store(url) as store:
        writes = (
            lambda: store.write([entry("a")], read=0),
            lambda: store.add_uses([use("p"), use("q")]),
            lambda: store.add_examples([Example(key="p", problem="?", solution="4")]),
            lambda: store.write([entry("a", "Subtract.")], read=1),
        )
        for number, write in enumerate(writes, 1):
            thief.armed = True
            assert await write() == number
            assert not thief.armed
        assert [each.version for each in await store.history("behavior_a")] == [1, 4]
        assert await store.use_count() == 2
        assert len(await store.examples()) == 1
        with pytest.raises(Conflict):
            await store.write([entry("a")], read=1)
    await thief.gone()
