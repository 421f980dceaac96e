"""What the views write: plain lines on a timer, a block in place, nothing read as markup."""

import asyncio
import io

import pytest
from rich.console import Console

from redraft.cli.display import PlainView, block, choose_view, facts, watching
from redraft.cli.progress import Prices, Progress


def busy() -> Progress:
    progress = Progress(total=1000, prices=Prices(1.0, 1.0))
    progress.done, progress.graded, progress.right, progress.in_flight = 40, 30, 20, 256
    progress.input, progress.output, progress.failed, progress.failed_calls = 900_000, 100_000, 2, 3
    return progress


def test_a_view_says_what_matters():
    found = facts(busy())
    assert found[0].startswith("right 66.7% (48.")
    assert found[0].endswith(" of 30 graded")
    assert "256 in flight" in found
    assert "1M tokens" in found
    assert "cost 1.00" in found
    assert "2 problems failed" in found
    assert "3 calls failed" in found


def test_a_view_says_nothing_that_nobody_knows():
    found = facts(Progress())
    assert not [words for words in found if "right" in words or "left" in words or "cost" in words]


def test_plain_lines_come_every_ten_ticks_and_at_the_end():
    stream, progress = io.StringIO(), busy()
    view = PlainView(stream)
    for _ in range(21):
        view.draw(progress)
    assert stream.getvalue().count("redraft: 40/1,000 problems") == 3
    progress.done = 41
    view.close(progress)
    assert stream.getvalue().splitlines()[-1].startswith("redraft: 41/1,000 problems")


def test_an_engine_that_starts_is_told_once_a_stage():
    stream, progress = io.StringIO(), Progress()
    view = PlainView(stream)
    for stage, seconds in (("loading weights", 1), ("loading weights", 2), ("compiling", 3)):
        progress.starting(stage, seconds)
        view.draw(progress)
    assert stream.getvalue() == "redraft: vLLM: loading weights\nredraft: vLLM: compiling\n"


def test_text_from_outside_is_never_markup():
    progress = busy()
    progress.starting("[bold red]\x1b]0;title\x07[/bold red] :smile:", 1.0)
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=200, markup=False, emoji=False)
    console.print(block(progress))
    shown = stream.getvalue()
    assert "[bold red]" in shown
    assert ":smile:" in shown
    assert "\x1b]" not in shown


def test_quiet_and_files_get_no_live_view(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert choose_view(quiet=True) is None
    assert isinstance(choose_view(quiet=False), PlainView)


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


async def test_a_stream_that_is_gone_does_not_stop_the_run():
    async with watching(busy(), PlainView(Broken())):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
