"""Draws a progress while a run goes on: a live block on a terminal, plain lines elsewhere.

A view is drawn on a timer, never by an event. What it shows is plain text: words that come from a
model, a server or a file are never read as markup.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import IO, TYPE_CHECKING, Protocol

from redraft.cli.progress import Progress
from redraft.cli.terminal import duration, money, one_line, tokens
from redraft.jobs import interval

if TYPE_CHECKING:
    from rich.console import Group


class View(Protocol):
    """Something that shows a progress every `period` seconds."""

    period: float

    def draw(self, progress: Progress) -> None:
        """Show the progress as it is now."""
        ...

    def close(self, progress: Progress) -> None:
        """Show the last of it, and leave the terminal as it was found."""
        ...


@asynccontextmanager
async def watching(progress: Progress, view: View | None) -> AsyncGenerator[None, None]:
    """Draw `progress` every now and then while the block runs; `None` draws nothing."""
    if view is None:
        yield
        return
    ticks = asyncio.create_task(_ticks(progress, view))
    try:
        yield
    finally:
        ticks.cancel()
        with suppress(OSError):
            view.close(progress)


async def _ticks(progress: Progress, view: View) -> None:
    # A terminal that has gone away must not stop the run.
    with suppress(OSError):
        while True:
            view.draw(progress)
            await asyncio.sleep(view.period)


def choose_view(quiet: bool) -> View | None:
    """The view for standard error as it is: live on a terminal, plain in a file, or none."""
    if quiet:
        return None
    live = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return LiveView() if live else PlainView(sys.stderr)


class PlainView:
    """One line every ten seconds, and one for each stage of an engine's start."""

    period = 1.0
    every = 10

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._ticks = 0
        self._stage = self._learning = ""

    def draw(self, progress: Progress) -> None:
        """Write a line if it is time for one."""
        if progress.stage != self._stage:
            self._stage = progress.stage
            if progress.stage:
                self._write(f"redraft: vLLM: {one_line(progress.stage, 160)}")
        self._learnt(progress)
        if progress.done or progress.in_flight:
            if self._ticks % self.every == 0:
                self._write(self._line(progress))
            self._ticks += 1

    def close(self, progress: Progress) -> None:
        """Write the last line."""
        self._learnt(progress)
        if progress.done:
            self._write(self._line(progress))

    def _learnt(self, progress: Progress) -> None:
        if progress.learning != self._learning:
            self._learning = progress.learning
            self._write(f"redraft: {one_line(progress.learning, 160)}")

    def _line(self, progress: Progress) -> str:
        return "redraft: " + ", ".join((headline(progress), *facts(progress)))

    def _write(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class LiveView:
    """A bar and two lines that are redrawn in place, four times a second at most."""

    period = 0.25

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False
        )

    def draw(self, progress: Progress) -> None:
        """Redraw the block."""
        if not self._live.is_started:
            self._live.start()
        self._live.update(block(progress), refresh=True)

    def close(self, progress: Progress) -> None:
        """Take the block away, so that the summary stands in its place."""
        self._live.stop()


def block(progress: Progress) -> "Group":
    """The live block: how far an engine has started, or the bar with the count and the facts."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    if progress.stage:
        words = f"vLLM: {one_line(progress.stage)} ({duration(progress.stage_seconds)})"
        return Group(Text(words, overflow="ellipsis", no_wrap=True))
    first = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=progress.total, completed=progress.done, width=32)
    first.add_row(bar, Text(headline(progress), style="bold"))
    learning = [Text(one_line(progress.learning))] if progress.learning else []
    return Group(first, Text(" · ".join(facts(progress))), *learning)


def headline(progress: Progress) -> str:
    """`123/1,000 problems`."""
    of = f"/{progress.total:,}" if progress.total is not None else ""
    return f"{progress.done:,}{of} problems"


def facts(progress: Progress) -> list[str]:
    """What is worth saying now, most wanted first."""
    found: list[str] = []
    if progress.graded:
        low, high = interval(progress.right, progress.graded)
        share = progress.right / progress.graded
        of = "" if progress.graded == progress.done else f" of {progress.graded:,} graded"
        found.append(f"right {share:.1%} ({low:.1%} to {high:.1%}){of}")
    if progress.in_flight:
        found.append(f"{progress.in_flight:,} in flight")
    speed = progress.speed()
    if speed:
        found.append(f"{speed:,.0f} output tokens/s")
    if progress.tokens:
        found.append(f"{tokens(progress.tokens)} tokens")
    if progress.cost is not None:
        found.append(f"cost {money(progress.cost)}")
    if progress.failed:
        found.append(f"{progress.failed:,} problems failed")
    if progress.failed_calls:
        found.append(f"{progress.failed_calls:,} calls failed")
    left = progress.left()
    if left:
        found.append(f"{duration(left)} left")
    return found
