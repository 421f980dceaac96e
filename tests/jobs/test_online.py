"""A run whose handbook learns while other problems go on."""

import asyncio
import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from redraft.core import ModelError, Reply, Request
from redraft.jobs import LearningEnded, Results, Settings, solve
from redraft.memory import SqliteStore
from redraft.testing import Failing, Scripted

PROBLEMS = [
    {"id": f"p{i}", "question": f"What is {i} plus {i + 3}?", "answer": str(2 * i + 3)}
    for i in range(12)
]


def say(request: Request) -> str:
    text = request.messages[-1].content
    if "Write down the behaviors" in text:
        return "behavior_join: Put the addends together in one step."
    first = int(re.findall(r"What is (\d+) plus", text)[-1])
    return f"\\boxed{{{2 * first + 3}}}"


class Blocking:
    """Answers so many problems at once; the others wait for ever."""

    name = "scripted"

    def __init__(self, free: int) -> None:
        self.free = free
        self.inner = Scripted(say)

    async def __call__(self, request: Request) -> Reply:
        if request.origin.role == "actor":
            self.free -= 1
            if self.free < 0:
                await asyncio.get_running_loop().create_future()
        return await self.inner(request)

    async def count(self, request: Request) -> int:
        return await self.inner.count(request)


class Pipe:
    """Problems that come through a pipe: three at once, the others when the handbook has learnt."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._learnt = threading.Event()
        threading.Thread(target=self._write, daemon=True).start()

    def hear(self, event: object) -> None:
        if isinstance(event, LearningEnded):
            self._learnt.set()

    def _write(self) -> None:
        with self.path.open("w") as pipe:
            print(*map(json.dumps, PROBLEMS[:3]), sep="\n", file=pipe, flush=True)
            self._learnt.wait()
            print(*map(json.dumps, PROBLEMS[3:]), sep="\n", file=pipe)


async def learn(
    book: Path, out: Path | None, model: Any, pipe: Pipe | None = None, **more: Any
) -> Results:
    given = {"handbook": str(book), "learn": "online", "wave": 3, "concurrency": 2, **more}
    return await solve(
        PROBLEMS if pipe is None else pipe.path,
        models=model,
        recipe="behaviors",
        knobs={"hold": 0, "by": "worth"},
        out=out,
        settings=Settings(**given),
        on_event=(lambda event: None) if pipe is None else pipe.hear,
    )


def version(record: Any) -> int:
    return int(record.versions["handbook"].rpartition("@")[2])


async def test_later_problems_read_what_the_first_ones_taught(tmp_path: Path):
    pipe = Pipe(tmp_path / "problems.jsonl")
    results = await learn(tmp_path / "book.db", None, Scripted(say), pipe)
    read = [version(record) for record in sorted(results, key=lambda one: int(one.id[1:]))]
    assert read[:3] == [0, 0, 0]
    assert min(read[3:]) > 0
    for record in results:
        (recalled,) = [one for one in record.artifacts if one.kind == "recalled"]
        assert recalled.version == record.versions["handbook"]
        assert bool(recalled.shown) == (version(record) > 0)
    learning = results.summary.learning
    assert learning
    assert (learning.solutions, learning.left) == (12, 0)


async def test_stopped_it_goes_on_and_teaches_what_is_left_once(tmp_path: Path):
    book, run = tmp_path / "book.db", tmp_path / "run"
    blocking = Blocking(5)
    # Calls that wait for ever must leave room for those of the learner.
    task = asyncio.create_task(learn(book, run, blocking, concurrency=64))
    lessons = run / "lessons.jsonl"
    while not (lessons.exists() and lessons.stat().st_size):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    before = len(blocking.inner.requests)
    model = Scripted(say)
    results = await learn(book, run, model)
    assert len(results.records) == 12
    assert results.summary.learning
    assert (results.summary.learning.solutions, results.summary.learning.left) == (12, 0)
    assert before + len(model.requests) == 12 + 2 * 12
    async with SqliteStore.open(book, create=False) as store:
        (entry,) = await store.entries()
        uses = await store.uses()
    assert len({source.problem for source in entry.provenance}) == 12
    shown = sum(
        len(one.shown) for record in results for one in record.artifacts if one.kind == "recalled"
    )
    assert len(uses) == shown


async def test_a_strategist_that_fails_is_tried_again_with_the_next_problems(tmp_path: Path):
    failing = Failing(ModelError("busy"), Scripted(say), times=3)
    models = {"default": Scripted(say), "strategist": failing}
    results = await learn(tmp_path / "book.db", None, models, retries=0)
    assert results.summary.learning
    assert (results.summary.learning.solutions, results.summary.learning.left) == (12, 0)
