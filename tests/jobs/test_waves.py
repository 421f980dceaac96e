"""A run that teaches the handbook that it reads, wave after wave, and does the same again."""

import asyncio
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from redraft.core import (
    Budget,
    Example,
    InputError,
    ModelError,
    Recalled,
    Record,
    Reply,
    Request,
)
from redraft.jobs import (
    LearningEnded,
    LearningStarted,
    Results,
    RunFolder,
    Settings,
    load_job,
    solve,
)
from redraft.memory import SqliteStore, Use
from redraft.testing import Counting, Failing, MockServer, Scripted

ADVICE = (
    "behavior_join: Put the addends together in one step.",
    "behavior_check: Look whether the sum is larger than either part.",
    "behavior_order: Begin with the greater of both and count onwards.",
    "behavior_carry: Add from the right side and mind what is carried over.",
)


def sums(first: int, end: int) -> list[dict[str, str]]:
    """Problems whose key is told by their number."""
    return [
        {"id": f"p{i}", "question": f"What is {i} plus {i + 3}?", "answer": str(2 * i + 3)}
        for i in range(first, end)
    ]


PROBLEMS = sums(0, 11)


def say(text: str) -> str:
    """What the model says to a prompt: every fourth sum comes out wrong."""
    first, second = map(int, re.findall(r"What is (\d+) plus (\d+)", text)[-1])
    if "Write down the behaviors" in text:
        return ADVICE[first % len(ADVICE)]
    if "Reflect on this solution" in text:
        return "Correctness: right."
    known = re.findall(r"^(behavior_\w+):", text, re.M)
    return (
        f"By {' and '.join(known) or 'heart'} it is \\boxed{{{first + second + (first % 4 == 3)}}}."
    )


def scripted() -> Scripted:
    return Scripted(lambda request: say(request.messages[-1].content))


def settings(book: Path, **more: Any) -> Settings:
    return Settings(**{"handbook": str(book), "learn": "waves", "wave": 4, **more})


async def learn(book: Path, out: Path | None = None, model: Any = None, **more: Any) -> Results:
    recipe = more.pop("recipe", "behaviors")
    knobs = {"hold": 0.2, "by": "worth"} if recipe == "behaviors" else {}
    return await solve(
        more.pop("problems", PROBLEMS),
        models=model or scripted(),
        recipe=recipe,
        knobs=knobs,
        out=out,
        on_event=more.pop("on_event", lambda event: None),
        settings=settings(book, **more),
    )


@dataclass
class End:
    """All that a run leaves behind, less the times."""

    records: dict[str, Record]
    entries: list[Any]
    uses: list[Use]
    examples: list[Example]
    version: int


async def end_of(results: Results, book: Path) -> End:
    records = {one.id: one.model_copy(update={"seconds": 0.0}) for one in results}
    async with SqliteStore.open(book, create=False) as store:
        entries, uses, examples = await store.entries(), await store.uses(), await store.examples()
        return End(records, entries, uses, examples, await store.version())


def versions(results: Results) -> list[int]:
    """What each problem read, in the order of the source."""
    read = {one.id: int(one.versions["handbook"].rpartition("@")[2]) for one in results}
    return [read[row["id"]] for row in PROBLEMS if row["id"] in read]


def keys(model: Scripted) -> list[str]:
    return sorted(request.key("scripted") for request in model.requests)


async def book_at(path: Path) -> Path:
    async with SqliteStore.open(path):
        return path


async def test_a_wave_reads_what_the_waves_before_it_taught(tmp_path: Path):
    heard: list[object] = []
    results = await learn(tmp_path / "book.db", on_event=heard.append)
    read = versions(results)
    assert [len(set(read[i : i + 4])) for i in (0, 4, 8)] == [1, 1, 1]
    assert read[0] == 0 < read[4] < read[8]
    ends = [event for event in heard if isinstance(event, LearningEnded)]
    assert [event.version for event in ends[:2]] == [read[4], read[8]]
    assert [event.added for event in ends] == [3, 0, 0]
    assert [event.solutions for event in heard if isinstance(event, LearningStarted)] == [3, 3, 3]
    recalled = [one for record in results for one in record.artifacts if one.kind == "recalled"]
    assert {one.version for one in recalled} == {record.versions["handbook"] for record in results}
    assert sum(bool(one.shown or one.held) for one in recalled) == 7


async def test_the_same_job_on_a_copy_does_the_same_whatever_the_concurrency(tmp_path: Path):
    await book_at(tmp_path / "one.db")
    shutil.copy(tmp_path / "one.db", tmp_path / "two.db")
    one, two = scripted(), scripted()
    slow = await learn(tmp_path / "one.db", tmp_path / "slow", one, concurrency=1)
    fast = await learn(tmp_path / "two.db", None, two, concurrency=64)
    assert keys(one) == keys(two)
    assert await end_of(slow, tmp_path / "one.db") == await end_of(fast, tmp_path / "two.db")
    assert slow.summary.learning == fast.summary.learning


async def test_what_learning_costs_is_told_apart(tmp_path: Path):
    results = await learn(tmp_path / "book.db")
    learning = results.summary.learning
    assert learning
    assert (learning.solutions, learning.named, learning.left) == (9, 9, 0)
    assert set(learning.usage) == {"reflect", "extract"}
    assert not learning.usage.keys() & results.summary.usage.keys()
    assert results.summary.tokens.total == sum(record.b_total for record in results)
    assert (await learn(tmp_path / "book.db", learn="off")).summary.learning is None


async def test_uses_are_counted_once_and_with_what_became_of_them(tmp_path: Path):
    results = await learn(tmp_path / "book.db")
    end = await end_of(results, tmp_path / "book.db")
    recalled = [
        (record.key, behavior.name)
        for record in results
        for one in record.artifacts
        if isinstance(one, Recalled)
        for behavior in (*one.shown, *one.held)
    ]
    assert sorted((use.problem, use.name) for use in end.uses) == sorted(recalled)
    assert {use.correct for use in end.uses} == {True, False}


async def test_right_solutions_become_examples(tmp_path: Path):
    results = await learn(tmp_path / "book.db", recipe="vote")
    end = await end_of(results, tmp_path / "book.db")
    right = {record.key for record in results if record.correct}
    assert {one.key for one in end.examples if not one.wrong} == right
    assert len(end.examples) == len(right) == 9


async def test_the_same_call_again_asks_and_teaches_nothing(tmp_path: Path):
    book, run = tmp_path / "book.db", tmp_path / "run"
    before = await end_of(await learn(book, run), book)
    kept = (run / "lessons.jsonl").read_bytes(), (run / "reads.jsonl").read_bytes()
    model = scripted()
    again = await learn(book, run, model)
    assert model.requests == []
    assert await end_of(again, book) == before
    assert ((run / "lessons.jsonl").read_bytes(), (run / "reads.jsonl").read_bytes()) == kept
    assert again.summary.learning
    assert again.summary.learning.solutions == 9


class Stopping:
    """Answers so many calls, then waits for ever."""

    name = "scripted"

    def __init__(self, free: int) -> None:
        self.free = free
        self.inner = scripted()
        self.full = asyncio.Event()

    async def __call__(self, request: Request) -> Reply:
        if self.free <= 0:
            self.full.set()
            await asyncio.get_running_loop().create_future()
        self.free -= 1
        return await self.inner(request)

    async def count(self, request: Request) -> int:
        return await self.inner.count(request)


async def test_stopped_at_any_call_it_ends_as_if_it_had_not_been(tmp_path: Path):
    await book_at(tmp_path / "empty.db")
    shutil.copy(tmp_path / "empty.db", tmp_path / "book.db")
    whole = await end_of(await learn(tmp_path / "book.db", tmp_path / "run"), tmp_path / "book.db")
    # 4 solutions of a wave, 3 of them right, with a reflection and an extraction each.
    for free in (2, 6, 9, 15, 23, 28):
        book, run = tmp_path / f"{free}.db", tmp_path / f"{free}"
        shutil.copy(tmp_path / "empty.db", book)
        stopping = Stopping(free)
        task = asyncio.create_task(learn(book, run, stopping, concurrency=2))
        await stopping.full.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        model = scripted()
        assert await end_of(await learn(book, run, model), book) == whole
        assert len(model.requests) == 29 - free


KILLED = """
import asyncio, os, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import test_waves
from redraft.jobs.records import RecordFile
from redraft.memory import SqliteStore

left = 0

def dying(name, of):
    inner = getattr(of, name)

    def method(self, *given, **named):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        return inner(self, *given, **named)

    setattr(of, name, method)

for name in ("write", "add_uses", "add_examples"):
    dying(name, SqliteStore)
dying("append", RecordFile)
for left in map(int, sys.argv[4].split()):
    child = os.fork()
    if not child:
        asyncio.run(test_waves.learn(Path(sys.argv[2]), Path(sys.argv[3]), concurrency=3))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.timeout(240)
async def test_killed_at_writes_it_ends_as_if_it_had_not_been(tmp_path: Path):
    await book_at(tmp_path / "empty.db")
    shutil.copy(tmp_path / "empty.db", tmp_path / "book.db")
    whole = await end_of(await learn(tmp_path / "book.db", tmp_path / "run"), tmp_path / "book.db")
    book, run = tmp_path / "killed.db", tmp_path / "killed"
    shutil.copy(tmp_path / "empty.db", book)
    # The first start dies among the records of the first wave, the next ones in its take-over,
    # at the line that says what was taught, and later.
    line = (sys.executable, "-c", KILLED, str(Path(__file__).parent), str(book), str(run))
    ended = subprocess.run((*line, "3 4 3 2 3 9"), capture_output=True, text=True, check=False)
    assert ended.stdout.split() == ["9"] * 6, ended.stderr
    again = await learn(book, run)
    assert await end_of(again, book) == whole
    lessons = [json.loads(line) for line in (run / "lessons.jsonl").read_text().splitlines()]
    taken = [name for step in lessons for name in step["taken"]]
    assert len(taken) == len(set(taken)) == 11


async def test_a_larger_limit_finishes_the_wave_with_the_version_that_it_read(tmp_path: Path):
    book, run = tmp_path / "book.db", tmp_path / "run"
    path = tmp_path / "problems.jsonl"
    path.write_text("\n".join(map(json.dumps, PROBLEMS[:6])))
    first = versions(await learn(book, run, problems=path))
    assert first[4] > 0
    # More lines in the same file are as a larger limit.
    path.write_text("\n".join(map(json.dumps, PROBLEMS)))
    model = scripted()
    results = await learn(book, run, model, problems=path)
    read = versions(results)
    assert read[:6] == first
    assert read[6:8] == [first[4]] * 2
    assert read[8] > read[7]
    learnt = [request for request in model.requests if request.origin.agent == "reflect"]
    # Of the places 6 to 10, those at 6, 8, 9 and 10 are right.
    assert len(learnt) == 4
    assert results.summary.learning
    assert results.summary.learning.solutions == 9


async def test_a_strategist_that_fails_loses_no_solution(tmp_path: Path):
    book, run = tmp_path / "book.db", tmp_path / "run"
    gone = Failing(ModelError("the strategist is gone"), scripted())
    results = await learn(book, run, {"default": scripted(), "strategist": gone}, retries=0)
    summary = results.summary
    assert (summary.problems, summary.complete, summary.stopped_by) == (11, True, {"done": 11})
    assert summary.learning
    assert summary.learning.left == 9
    assert "the strategist is gone" in summary.learning.trouble
    results = await learn(book, run, {"default": scripted(), "strategist": scripted()}, retries=0)
    assert results.summary.learning
    assert (results.summary.learning.left, results.summary.learning.solutions) == (0, 9)


async def test_a_handbook_that_breaks_loses_no_solution(tmp_path: Path):
    book = tmp_path / "book.db"

    def breaking(request: Request) -> str:
        if request.origin.agent == "extract":
            with sqlite3.connect(book, timeout=0.1) as connection:
                connection.execute("DROP TABLE IF EXISTS revisions")
            connection.close()
        return say(request.messages[-1].content)

    heard: list[object] = []
    results = await learn(book, model=Scripted(breaking), on_event=heard.append)
    assert results.summary.complete
    assert results.summary.stopped_by == {"done": 11}
    assert results.summary.learning
    assert results.summary.learning.left == 11
    assert "revisions" in results.summary.learning.trouble
    assert any(isinstance(event, LearningEnded) and event.trouble for event in heard)


async def test_learning_counts_against_the_budget_of_the_run(tmp_path: Path):
    book, run = tmp_path / "book.db", tmp_path / "run"
    free = (await learn(tmp_path / "free.db")).summary
    assert free.learning
    spent = free.tokens.total + free.learning.tokens.total
    counting = Counting(scripted())
    cut = (await learn(book, run, counting, run_budget=Budget(total_tokens=spent // 2))).summary
    assert cut.learning
    assert cut.tokens.total + cut.learning.tokens.total <= spent // 2
    assert counting.calls < 29
    assert not cut.complete
    # What a start spent on calls that came to nothing is not spent by the next.
    whole = await learn(book, run, scripted(), run_budget=Budget(total_tokens=2 * spent))
    assert whole.summary.complete
    assert whole.summary.learning
    assert whole.summary.learning.left == 0


BOTH = """
import asyncio, os, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import test_waves
from redraft.models import Endpoint

children = []
for name in ("one", "two"):
    if not (child := os.fork()):
        folder, model = Path(sys.argv[3]), Endpoint(sys.argv[2], "mock")
        problems = folder / f"{name}.jsonl"
        asyncio.run(test_waves.learn(folder / "book.db", folder / name, model, problems=problems))
        os._exit(0)
    children.append(child)
for child in children:
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


async def test_two_jobs_on_one_handbook_lose_and_double_nothing(tmp_path: Path):
    book = await book_at(tmp_path / "book.db")
    for name, first in (("one", 0), ("two", 40)):
        rows = [row | {"id": name + row["id"]} for row in sums(first, first + 16)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pipe = asyncio.subprocess.PIPE
    async with MockServer(lambda body: say(body["messages"][-1]["content"]), delay=0.01) as server:
        line = (sys.executable, "-c", BOTH, str(Path(__file__).parent), server.url, str(tmp_path))
        jobs = await asyncio.create_subprocess_exec(*line, stdout=pipe, stderr=pipe)
        told, errors = await jobs.communicate()
    assert told.split() == [b"0", b"0"], errors.decode()
    async with SqliteStore.open(book, create=False) as store:
        entries, uses = await store.entries(), await store.uses()
    sources = [source for entry in entries for source in entry.provenance]
    assert len(sources) == len(set(sources))
    for name in ("one", "two"):
        folder = RunFolder(tmp_path / name)
        run = load_job(folder.job).hash
        records = [json.loads(line) for line in folder.records.read_text().splitlines()]
        right = {record["key"] for record in records if record["correct"]}
        assert {source.problem for source in sources if source.run == run} == right
        recalled = sum(
            len(one["shown"]) + len(one["held"])
            for record in records
            for one in record["artifacts"]
            if one["kind"] == "recalled"
        )
        assert sum(use.run == run for use in uses) == recalled > 0


@pytest.mark.parametrize("more", [{"learn": "waves"}, {"learn": "online"}])
async def test_learning_needs_a_handbook_and_a_strategist(more, tmp_path: Path):
    with pytest.raises(InputError, match="learning needs a handbook: add --handbook PATH"):
        await solve(PROBLEMS, models=scripted(), settings=Settings(**more))
    with pytest.raises(InputError, match="needs a model for the role strategist"):
        await learn(tmp_path / "book.db", model={"actor": scripted()}, **more)


async def test_a_recipe_that_reads_nothing_may_teach(tmp_path: Path):
    results = await learn(tmp_path / "book.db", recipe="single")
    assert results.summary.learning
    assert results.summary.learning.solutions == 9
    assert versions(results)[8] > 0
