"""The display's counters, its words for numbers, and the count of a file's problems."""

from pathlib import Path

import pytest

from redraft.cli.counting import count_into
from redraft.cli.progress import Prices, Progress
from redraft.cli.terminal import duration, one_line, tokens
from redraft.cli.watched import watch_models
from redraft.core import CallFinished, Failure, Message, Origin, Record, Request, Sampling, Usage
from redraft.jobs import ProblemFinished, RunStarted
from redraft.testing import Scripted

ORIGIN = Origin(problem="p", agent="actor", role="actor")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def finished(usage: Usage, *, replayed: bool = False, error: str = "") -> CallFinished:
    return CallFinished(ORIGIN, usage, 1.0, replayed, error)


def solved(correct: bool | None = None, stopped_by: str = "done") -> ProblemFinished:
    failures = (Failure(kind="model", message="no answer"),) if stopped_by == "failed" else ()
    return ProblemFinished(
        Record(
            id="p",
            key="k",
            recipe="single",
            correct=correct,
            stopped_by=stopped_by,
            failures=failures,
        )
    )


def test_tokens_and_failed_calls_are_counted():
    progress = Progress()
    progress.event(finished(Usage(input=100, output=20)))
    progress.event(finished(Usage(), error="server down"))
    assert (progress.tokens, progress.failed_calls) == (120, 1)


async def test_completions_in_flight_are_those_on_the_wire():
    progress = Progress()
    seen: list[int] = []

    def answer(_: Request) -> str:
        seen.append(progress.in_flight)
        return "4"

    inner = Scripted(answer)
    models = watch_models({"actor": inner, "critic": inner}, progress)
    assert models["actor"] is models["critic"]
    request = Request(
        messages=(Message(role="user", content="2+2?"),), sampling=Sampling(n=8), origin=ORIGIN
    )
    await models["actor"](request)
    assert max(seen) == 8
    assert progress.in_flight == 0


def test_a_replayed_call_is_free():
    progress = Progress(prices=Prices(1.0, 2.0))
    progress.event(finished(Usage(input=1_000_000, output=1_000_000), replayed=True))
    assert (progress.tokens, progress.cost) == (0, 0.0)
    progress.event(finished(Usage(input=1_000_000, output=1_000_000)))
    assert progress.cost == 3.0


def test_speed_is_that_of_the_last_half_minute():
    clock = Clock()
    progress = Progress(clock=clock)
    progress.speed()
    for _ in range(60):
        clock.now += 1
        progress.event(finished(Usage(input=5, output=1000)))
        progress.speed()
    assert progress.speed() == pytest.approx(1000)
    clock.now += 31
    progress.speed()
    clock.now += 31
    assert progress.speed() == 0


def test_the_time_left_counts_only_what_this_start_solved():
    clock = Clock()
    progress = Progress(total=100, clock=clock)
    progress.event(RunStarted(40))
    assert progress.left() is None
    for _ in range(10):
        clock.now += 2
        progress.event(solved())
    assert progress.left() == pytest.approx(100)


def test_records_are_counted_by_what_became_of_them():
    progress = Progress()
    for one in (solved(True), solved(False), solved(None), solved(None, "failed")):
        progress.event(one)
    assert (progress.done, progress.graded, progress.right, progress.failed) == (4, 2, 1, 1)
    assert progress.failure == "no answer"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (9999, "9999"),
        (12_400, "12.4k"),
        (999_400, "999k"),
        (999_600, "1M"),
        (3_050_000, "3.05M"),
        (7.2e9, "7.2G"),
    ],
)
def test_tokens_in_three_digits(count: float, words: str):
    assert tokens(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (42.9, "0:42"), (725, "12:05"), (11045, "3:04:05"), (187_200, "2 d 4 h")],
)
def test_durations(seconds: float, words: str):
    assert duration(seconds) == words


def test_text_from_outside_stays_on_one_line_and_moves_no_cursor():
    assert one_line("a\x1b[31mred\x07\r\nline\u202e") == "a [31mred line"
    assert one_line("x" * 30, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("name", "text", "limit", "total"),
    [
        ("a.jsonl", "{}\n{}\n{}", None, 3),
        ("a.jsonl", "{}\n{}\n", None, 2),
        ("a.jsonl", "{}\n{}\n{}\n", 2, 2),
        ("a.json", "[{}]", None, None),
    ],
)
async def test_lines_are_counted_where_a_line_is_a_problem(
    tmp_path: Path, name: str, text: str, limit: int | None, total: int | None
):
    (tmp_path / name).write_text(text)
    progress = Progress()
    await count_into(progress, str(tmp_path / name), limit)
    assert progress.total == total


async def test_a_file_that_is_not_there_is_not_counted(tmp_path: Path):
    progress = Progress()
    await count_into(progress, str(tmp_path / "none.jsonl"), None)
    await count_into(progress, "-", None)
    assert progress.total is None
