"""A reply is on disk before it is seen; the file belongs to one job and one process."""

import asyncio
import fcntl
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from redraft.core import Choice, Message, Origin, Reply, Request, Sampling, StoreError, Usage
from redraft.models import Journal

REPLY = Reply(
    choices=(Choice(content="4 é", reasoning="2 + 2", output_tokens=3),),
    usage=Usage(input=5, output=3, reasoning=2),
    model="m",
    seconds=0.25,
    key="k",
)
REQUEST = Request(
    messages=(Message(role="user", content="What is 2 + 2?"),),
    sampling=Sampling(seed=7),
    origin=Origin(problem="p", agent="draft", role="actor"),
)
FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from redraft.core import Choice, Message, Reply, Request, StoreError, Usage
from redraft.models import Journal

REQUEST = Request(messages=(Message(role="user", content="x"),))

def reply(key):
    return Reply(choices=(Choice(content="x" * 5000),), usage=Usage(), key=key)

async def main(path):
    async with Journal.open(path, job="j") as journal:
        await journal.put("early", "m", REQUEST, reply("early"))
        limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = sum(part.stat().st_size for part in path.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        calls = (journal.put(str(i), "m", REQUEST, reply(str(i))) for i in range(200))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(one, StoreError) for one in results), results
        print(results[0])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        assert journal.get("0") is None
        assert journal.get("early") == reply("early")
        await journal.put("late", "m", REQUEST, reply("late"))
    async with Journal.open(path, job="j") as journal:
        assert journal.get("late") == reply("late")
        assert journal.get("early") == reply("early")

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


async def keep(path: Path, *keys: str, job: str = "job") -> None:
    async with Journal.open(path, job=job) as journal:
        await asyncio.gather(*(journal.put(key, "m", REQUEST, REPLY) for key in keys))


async def refusal(path: Path, job: str = "job") -> str:
    with pytest.raises(StoreError) as caught:
        async with Journal.open(path, job=job):
            pass
    return str(caught.value)


async def test_a_reply_is_found_again_in_this_run_and_in_the_next(path: Path):
    async with Journal.open(path, job="job") as journal:
        assert journal.get("k") is None
        await journal.put("k", "m", REQUEST, REPLY)
        assert journal.get("k") == REPLY
    async with Journal.open(path, job="job") as journal:
        assert journal.get("k") == REPLY


async def test_a_confirmed_reply_is_committed(path: Path):
    async with Journal.open(path, job="job") as journal:
        await journal.put("k", "m", REQUEST, REPLY)
        with sqlite3.connect(path) as other:
            row = other.execute("SELECT key, problem, role, agent, model, request FROM call")
            assert row.fetchall() == [
                ("k", "p", "actor", "draft", "m", REQUEST.model_dump_json(exclude={"origin"}))
            ]
        other.close()


async def test_the_first_reply_under_a_key_stays(path: Path):
    async with Journal.open(path, job="job") as journal:
        await journal.put("k", "m", REQUEST, REPLY)
        await journal.put("k", "m", REQUEST, REPLY.model_copy(update={"seconds": 9.0}))
        assert journal.get("k") == REPLY
    await keep(path, "another")


async def test_a_cancelled_callers_reply_is_kept(path: Path):
    async with Journal.open(path, job="job") as journal:
        put = asyncio.create_task(journal.put("k", "m", REQUEST, REPLY))
        await asyncio.sleep(0)
        put.cancel()
    async with Journal.open(path, job="job") as journal:
        assert journal.get("k") == REPLY


async def test_replies_in_hand_are_kept_when_the_run_fails(path: Path):
    async def fail() -> None:
        async with Journal.open(path, job="job") as journal:
            put = asyncio.create_task(journal.put("k", "m", REQUEST, REPLY))
            await asyncio.sleep(0)
            try:
                raise LookupError
            finally:
                put.cancel()

    with pytest.raises(LookupError):
        await fail()
    async with Journal.open(path, job="job") as journal:
        assert journal.get("k") == REPLY


async def test_another_jobs_journal_is_refused(path: Path):
    await keep(path, "k", job="first")
    told = await refusal(path, job="second")
    assert str(path) in told
    assert "belongs to another job (first, this one is second)" in told
    assert "another run folder" in told


async def test_two_at_once_are_refused_and_the_first_goes_on(path: Path):
    async with Journal.open(path, job="job") as journal:
        told = await refusal(path)
        assert "in use by another process (pid " in told
        await journal.put("k", "m", REQUEST, REPLY)
    await keep(path, "l")


def test_a_dead_process_holds_nothing(path: Path):
    lock = path.with_name("journal.sqlite.lock")
    code = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(1, flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}; sys.stdin.read()", str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert "in use" in asyncio.run(refusal(path))
        holder.kill()
    asyncio.run(keep(path, "k"))


async def test_the_lock_is_given_back_when_opening_fails(path: Path):
    await keep(path, "k", job="first")
    await refusal(path, job="second")
    with path.with_name("journal.sqlite.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all", b"SQLite format 3\x00" + bytes(4096)]
)
def test_what_is_no_journal_is_refused_and_left_as_it_is(path: Path, content: bytes):
    path.write_bytes(content)
    told = asyncio.run(refusal(path))
    assert "damaged" in told
    assert "restore it from a copy" in told
    assert path.read_bytes() == content


async def test_another_database_is_refused(path: Path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE call (id)")
    other.close()
    assert "damaged (format 0 instead of 1)" in await refusal(path)


def test_a_journal_that_is_gone_is_not_started_anew_beside_its_log(path: Path):
    asyncio.run(keep(path, "k"))
    path.rename(path.with_name("journal.sqlite-wal"))
    assert "it is gone while journal.sqlite-wal is still there" in asyncio.run(refusal(path))


async def test_an_unfinished_creation_is_made_again(path: Path):
    path.with_name("journal.sqlite.new").write_bytes(b"SQLite format 3\x00")
    await keep(path, "k")


async def test_a_changed_reply_is_never_returned(path: Path):
    await keep(path, "k", "l")
    with sqlite3.connect(path) as other:
        other.execute("UPDATE call SET reply = replace(reply, '4', '5') WHERE key = 'k'")
    other.close()
    async with Journal.open(path, job="job") as journal:
        with pytest.raises(StoreError, match="the reply k has changed"):
            journal.get("k")
        assert journal.get("l") == REPLY


async def test_an_index_that_lost_entries_is_damage(path: Path):
    await keep(path, "k", "l", "m")
    with sqlite3.connect(path) as other:
        other.execute("DELETE FROM call WHERE key = 'l'")
    other.close()
    assert "2 of 3 calls are in its index" in await refusal(path)


async def test_a_missing_folder_is_one_clear_line(tmp_path: Path):
    told = await refusal(tmp_path / "none" / "journal.sqlite")
    assert "cannot be read or written" in told
    assert "No such file" in told


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_FSIZE)[1] != -1, reason="files are limited")
def test_a_full_disk_fails_the_calls_in_hand_and_loses_nothing(path: Path):
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "cannot be read or written" in run.stdout
    assert "nothing finished is lost" in run.stdout
