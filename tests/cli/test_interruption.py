"""Ctrl-C and SIGTERM on a real process: it stops, keeps everything and says how to go on."""

import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

PYTHON = (sys.executable, "-m", "redraft.cli")
COUNT = 12
IN_FLIGHT = 2


def line(url: str) -> list[str]:
    return [
        *PYTHON,
        *("solve", "many.jsonl", "--recipe", "sequential", "--set", "rounds=3"),
        *(
            "--model",
            "mock",
            "--endpoint",
            url,
            "--concurrency",
            str(IN_FLIGHT),
            "--out",
            "runs/first",
        ),
    ]


def wait_for(what, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_goes_on_with_the_command_that_it_prints(
    here: Path, serve, redraft, write, number: int, status: int
):
    write(here / "many.jsonl", [4] * COUNT)
    server = serve(delay=0.05)
    process = subprocess.Popen(line(server.url), stderr=subprocess.PIPE, text=True)
    wait_for(lambda: server.requests > COUNT)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == status
    assert "Traceback" not in err
    wait_for(lambda: server.in_flight == 0)
    paid = server.requests

    told = err.splitlines()[-1]
    assert told == "redraft: go on with: redraft solve --job runs/first/job.toml"
    command = shlex.split(told.partition("go on with: redraft ")[2])
    assert redraft(*command)[0] == 0
    assert 3 * COUNT <= server.requests <= 3 * COUNT + IN_FLIGHT
    assert paid < 3 * COUNT
    assert len((here / "runs/first/records.jsonl").read_text().splitlines()) == COUNT


def test_two_more_hits_of_ctrl_c_change_nothing(here: Path, serve, write):
    write(here / "many.jsonl", [4] * COUNT)
    server = serve(delay=0.05)
    process = subprocess.Popen(line(server.url), stderr=subprocess.PIPE, text=True)
    wait_for(lambda: server.requests > 4)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in err


def test_ctrl_c_while_nothing_has_begun(here: Path, serve):
    server = serve()
    process = subprocess.Popen(
        [*PYTHON, "solve", "-", "--recipe", "single", "--model", "mock", "--endpoint", server.url],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for((here / "runs").exists)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert server.requests == 0


def on_a_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run `command` on a terminal of 100 columns; returns its status and all that it wrote."""
    main, sub = pty.openpty()
    process = subprocess.Popen(command, stdout=sub, stderr=sub, stdin=sub, env=environment)
    os.close(sub)
    seen = b""
    with suppress(OSError):
        while block := os.read(main, 1 << 16):
            seen += block
    os.close(main)
    return process.wait(20), seen.decode()


def test_a_terminal_shows_the_run_live(here: Path, serve, write):
    write(here / "many.jsonl", [4] * COUNT)
    server = serve(delay=0.1)
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    status, seen = on_a_terminal(line(server.url), environment)
    assert status == 0
    assert f"/{COUNT} problems" in seen
    assert "right 100.0%" in seen
    assert "2 in flight" in seen
    assert " left" in seen
    shown_at_the_end = seen.rpartition("\x1b[?25h")[2]
    assert "accuracy" in shown_at_the_end
    assert "in flight" not in shown_at_the_end
