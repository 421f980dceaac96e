"""Threads in a file whose disk is full: a real small disk where one can be made, and a stand-in."""

import json
import subprocess
from contextlib import contextmanager, suppress

import httpx2
import pytest

from redraft.server import Furnishing
from redraft.server.threads import open_threads

LONG = "long " * 60_000


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder))
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(("umount", str(folder)), check=True)


async def ask(served, text, **fields):
    body = {
        "model": "single",
        "messages": [{"role": "user", "content": text}],
        "redraft": {"thread": "t"},
        **fields,
    }
    async with httpx2.AsyncClient(timeout=60) as client:
        return await client.post(f"{served.url}/v1/chat/completions", json=body)


def check_refused(plain, streamed):
    """Both are well-formed ends, which say what is wrong and that asking again does not help."""
    assert plain.status_code == 500, plain.text
    assert plain.headers["x-should-retry"] == "false"
    assert "disk is full" in plain.json()["error"]["message"]
    assert streamed.status_code == 200
    frames = streamed.text.split("\n\n")
    assert frames.pop() == ""
    told = [json.loads(frame.removeprefix("data: ")) for frame in frames]
    assert "disk is full" in told[-1]["error"]["message"]
    assert set(told[-1]["error"]) == {"message", "type", "param", "code"}
    assert not any(choice["finish_reason"] for one in told[:-1] for choice in one["choices"])


async def said(place):
    async with open_threads(place, 30) as threads:
        last = await threads.last("/t")
    return [message.content for message in last.history][::2]


@contextmanager
def filled(folder):
    """Every byte of the disk taken, until the end of the block."""
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 512)
        yield
    finally:
        filler.unlink()


async def test_a_full_disk_is_told_and_nothing_on_it_is_lost(small_disk, serve):
    place = str(small_disk / "threads.db")
    served = await serve(furnishing=Furnishing(retries=0, threads=place))
    assert (await ask(served, "one")).status_code == 200
    with filled(small_disk):
        check_refused(await ask(served, "lost"), await ask(served, "lost", stream=True))
        assert "one" in await said(place)
    assert (await ask(served, "two")).status_code == 200
    check_refused(await ask(served, LONG), await ask(served, LONG, stream=True))
    assert (await ask(served, "three")).status_code == 200
    assert await said(place) == ["one", "two", "three"]


async def test_a_file_that_cannot_grow_is_told_and_nothing_in_it_is_lost(serve, tmp_path):
    place = str(tmp_path / "threads.db")
    served = await serve(furnishing=Furnishing(retries=0, threads=place))
    assert (await ask(served, "one")).status_code == 200
    store = served.operations.service.threads._store
    await store.using(lambda saver: saver.conn.execute("PRAGMA max_page_count = 1"))
    check_refused(await ask(served, LONG), await ask(served, LONG, stream=True))
    await store.using(lambda saver: saver.conn.execute("PRAGMA max_page_count = 1000000"))
    assert (await ask(served, "two")).status_code == 200
    assert await said(place) == ["one", "two"]
