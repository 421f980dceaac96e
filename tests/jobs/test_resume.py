"""A run that is stopped in any way goes on: what was answered is not asked again."""

import asyncio
import json
import resource
import signal
import sys
from pathlib import Path

import pytest

from redraft.core import Reply, Request, StoreError
from redraft.jobs import ProblemFinished, RunFolder, Settings, Summary, solve
from redraft.models import Endpoint
from redraft.testing import Counting, MockServer, Scripted

ROUNDS = {"recipe": "sequential", "knobs": {"rounds": 3}}
CHILD = """
import asyncio, sys
from redraft.jobs import Settings, solve
from redraft.models import Endpoint

async def main(problems, url, out):
    model = Endpoint(url, "mock")
    await solve(problems, models=model, recipe="sequential", knobs={"rounds": 3}, out=out,
                settings=Settings(concurrency=8), on_event=tell)

def tell(event):
    if type(event).__name__ == "ProblemFinished":
        print(event.record.id, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def write_problems(path: Path, count: int) -> Path:
    lines = (json.dumps({"question": f"What is {i} + 1?", "answer": str(i)}) for i in range(count))
    path.write_text("\n".join(lines))
    return path


async def child(problems: str | Path, url: str, out: Path) -> asyncio.subprocess.Process:
    arguments = (sys.executable, "-c", CHILD, str(problems), url, str(out))
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe, stderr=pipe)


class Counted:
    """Answers of a mock server, with a bell that rings when so many have been given."""

    def __init__(self) -> None:
        self.given = 0
        self.bell_at = 0
        self.bell = asyncio.Event()

    def __call__(self, body: object) -> str:
        self.given += 1
        if self.given == self.bell_at:
            self.bell.set()
        return "The answer is \\boxed{1}."

    async def until(self, count: int) -> None:
        self.bell_at = count
        self.bell.clear()
        await self.bell.wait()


class Blocking:
    """Answers `free` calls, then lets all others wait."""

    name = "mock"

    def __init__(self, free: int) -> None:
        self.free = free
        self.inner = Scripted(lambda _: "The answer is \\boxed{1}.")
        self.full = asyncio.Event()

    async def __call__(self, request: Request) -> Reply:
        if self.free <= 0:
            self.full.set()
            await asyncio.get_running_loop().create_future()
        self.free -= 1
        return await self.inner(request)

    async def count(self, request: Request) -> int:
        return await self.inner.count(request)


@pytest.mark.parametrize("free", [0, 1, 7, 20])
async def test_cancelled_and_started_again(tmp_path: Path, free: int):
    problems = [f"What is {i} + 1?" for i in range(10)]
    options = {**ROUNDS, "out": tmp_path / "run", "settings": Settings(concurrency=4)}
    blocking = Blocking(free)
    task = asyncio.create_task(solve(problems, models=blocking, **options))
    await blocking.full.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stopped = Summary.model_validate_json(RunFolder(tmp_path / "run").summary.read_bytes())
    assert not stopped.complete
    counting = Counting(Blocking(1000))
    results = await solve(problems, models=counting, **options)
    assert counting.calls == 30 - free
    assert results.summary.complete
    assert len({record.id for record in results}) == len(results.records) == 10
    assert all(record.calls == 3 for record in results)


async def test_killed_at_any_moment(tmp_path: Path):
    problems, run = write_problems(tmp_path / "p.jsonl", 40), tmp_path / "run"
    counted = Counted()
    async with MockServer(counted, delay=0.01) as server:
        for reached in (15, 70):
            process = await child(problems, server.url, run)
            await counted.until(reached)
            process.send_signal(signal.SIGKILL)
            await process.communicate()
            await server.until(in_flight=0)
        before = RunFolder(run).records.read_bytes().count(b"\n")
        assert 0 < before < 40
        process = await child(problems, server.url, run)
        told, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        # With 8 calls on the wire, 11 problems are in hand, each of them with one call that is
        # not in the journal yet: no more than that may be asked again after a kill.
        assert 120 <= server.requests <= 120 + 2 * 11
    summary = Summary.model_validate_json(RunFolder(run).summary.read_bytes())
    assert (summary.problems, summary.calls, summary.complete) == (40, 120, True)
    assert len(told.splitlines()) <= 40 - before + 1


async def test_problems_come_through_a_pipe(tmp_path: Path):
    async with MockServer() as server:
        process = await child("-", server.url, tmp_path / "run")
        assert process.stdin
        assert process.stdout
        for i in range(3):
            # Each is solved before the next one is written: nothing waits for the pipe's end.
            process.stdin.write(json.dumps({"question": f"Q{i}", "id": f"q{i}"}).encode() + b"\n")
            await process.stdin.drain()
            assert await process.stdout.readline() == f"q{i}\n".encode()
        process.stdin.close()
        assert await process.wait() == 0


async def test_a_silent_pipe_does_not_hold_up_ctrl_c(tmp_path: Path):
    async with MockServer() as server:
        process = await child("-", server.url, tmp_path / "run")
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'{"question": "Q", "id": "q"}\n')
        await process.stdin.drain()
        assert await process.stdout.readline() == b"q\n"
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 20) != 0
        assert not Summary.model_validate_json(
            (tmp_path / "run/summary.json").read_bytes()
        ).complete


async def test_bad_lines_of_a_pipe_are_told(tmp_path: Path):
    async with MockServer() as server:
        process = await child("-", server.url, tmp_path / "run")
        _, errors = await process.communicate(b'{"question": "Q"}\n{broken\n')
    assert b"InputError: -: line 2: broken JSON" in errors


async def test_a_full_disk_stops_the_run_and_loses_nothing(tmp_path: Path):
    problems = [f"What is {i} + 1? {'x' * 500}" for i in range(200)]
    counting = Counting(Scripted(lambda _: "The answer is \\boxed{1}."))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    settings = Settings(concurrency=4)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
        with pytest.raises(StoreError, match="nothing finished is lost"):
            await solve(problems, models=counting, out=tmp_path / "run", settings=settings)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert 0 < counting.calls < 200
    results = await solve(problems, models=counting, out=tmp_path / "run", settings=settings)
    assert results.summary.problems == 200
    assert counting.calls <= 200 + 6


async def test_an_endpoint_end_to_end(tmp_path: Path):
    problems = write_problems(tmp_path / "p.jsonl", 30)
    finished: list[str] = []

    def watch(event: object) -> None:
        if isinstance(event, ProblemFinished):
            finished.append(event.record.id)

    async with MockServer() as server:
        endpoint = Endpoint(server.url, "mock")
        results = await solve(problems, models=endpoint, recipe="vote", on_event=watch)
        await endpoint.aclose()
        assert server.requests == 30
    assert len(finished) == len(results.records) == 30
    assert results.summary.voted == 30
    assert results.summary.tokens.total > 0
