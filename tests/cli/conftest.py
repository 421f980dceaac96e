"""A mock server in a thread of its own, so that the command line can run in the test's thread."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from redraft.cli import main
from redraft.testing import MockServer


class Background:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever)
        self.thread.start()

    def call(self, make):
        return asyncio.run_coroutine_threadsafe(make, self.loop).result(20)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., MockServer]]:
    """Start mock servers that end with the test."""
    background = Background()
    servers: list[MockServer] = []

    def start(answer=lambda _: "So it is \\boxed{4}.", **how) -> MockServer:
        async def enter() -> MockServer:
            return await MockServer(answer, **how).__aenter__()

        servers.append(background.call(enter()))
        return servers[-1]

    yield start
    for server in servers:
        background.call(server.__aexit__(None, None, None))
    background.close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a file of four problems, three of which the mock solves."""
    monkeypatch.chdir(tmp_path)
    # The user's own modules are found through it.
    monkeypatch.setattr(sys, "path", [*sys.path])
    write_problems(tmp_path / "problems.jsonl", [4, 4, 4, 5])
    return tmp_path


@pytest.fixture
def write() -> Callable[[Path, list[int]], None]:
    """Write a file of problems with these answers."""
    return write_problems


def write_problems(path: Path, answers: list[int]) -> None:
    rows = (
        {"id": str(i), "question": f"What is {answer} + 0, case {i}?", "answer": str(answer)}
        for i, answer in enumerate(answers)
    )
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


@pytest.fixture
def redraft(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line in this process: status, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
