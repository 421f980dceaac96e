"""Processes that write one handbook: killed, and at once; nothing is lost, nothing doubled."""

import asyncio
import random
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from redraft.memory import open_store
from redraft.memory.entry import Entry

SIZE = 8
# Writes, in turn, a revision of each of SIZE behaviors and as many uses; tells each version.
WRITER = """
import asyncio, itertools, sys
from redraft.memory.entry import Entry, Use
from redraft.memory import open_store

async def main(where, size):
    async with open_store(where) as store:
        for turn in itertools.count(1):
            entries = [Entry(name=f"behavior_{i}", instruction=str(turn)) for i in range(size)]
            print(await store.write(entries, read=await store.version()), flush=True)
            uses = [
                Use(run="r", problem=str(turn), name=f"behavior_{i}", shown=True, correct=True,
                    input_tokens=1, output_tokens=turn)
                for i in range(size)
            ]
            print(await store.add_uses(uses), flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
# Adds 1 to a behavior that all count up, beside one of its own; tells each version.
COUNTER = """
import asyncio, sys
from redraft.memory.entry import Entry, Use
from redraft.memory import open_store
from redraft.memory.store import Conflict

async def count_up(store, own):
    while True:
        read = await store.version()
        shared = [e for e in await store.entries(read) if e.name == "behavior_shared"]
        count = int(shared[0].instruction) if shared else 0
        both = [
            Entry(name="behavior_shared", instruction=str(count + 1)),
            Entry(name=own, instruction=str(count + 1)),
        ]
        try:
            return await store.write(both, read=read)
        except Conflict:
            continue

async def main(where, own, times):
    print("ready", flush=True)
    sys.stdin.readline()
    async with open_store(where) as store:
        for turn in range(times):
            print(await count_up(store, own), flush=True)
            use = Use(run="r", problem=str(turn), name="behavior_shared", shown=True, correct=True,
                      input_tokens=1, output_tokens=1)
            await store.add_uses([use])

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "book.db")
    return f"{request.getfixturevalue('postgres').url}&handbook={uuid4().hex}"


def entry(name: str, instruction: str = "Add.") -> Entry:
    return Entry(name=f"behavior_{name}", instruction=instruction)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_writer_leaves_whole_versions_and_each_that_it_returned(where: str, seed: int):
    wanted = random.Random(seed).randrange(10, 40)
    returned = 0
    command = [sys.executable, "-c", WRITER, where, str(SIZE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if not line.endswith("\n"):
                break
            returned = int(line)
            if returned == wanted:
                writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    assert returned >= wanted

    async def check() -> None:
        async with open_store(where, create=False) as store:
            newest = await store.version()
            assert newest >= returned
            for version in range(1, newest + 1):
                turn = (version + 1) // 2
                told = [each.instruction for each in await store.entries(version)]
                assert told == [f"{turn}"] * SIZE
                turns = [each.output_tokens for each in await store.uses(version)]
                assert turns == [i for i in range(1, version // 2 + 1) for _ in range(SIZE)]
            assert await store.write([entry("next")], read=newest) == newest + 1

    asyncio.run(check())


def test_processes_that_create_and_write_at_once_lose_and_double_nothing(where: str):
    times, owners = 15, ["behavior_one", "behavior_two"]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTER, where, own, str(times)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for own in owners
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    versions = [int(line) for output in outputs for line in output.split()]

    async def check() -> None:
        async with open_store(where, create=False) as store:
            shared = await store.history("behavior_shared")
            assert [each.instruction for each in shared] == [f"{i + 1}" for i in range(2 * times)]
            assert [each.version for each in shared] == sorted(versions)
            for own in owners:
                assert len(await store.history(own)) == times
            assert sorted(int(use.problem) for use in await store.uses()) == list(range(times))
            assert await store.version() == 3 * times

    asyncio.run(check())
