"""Stands between Redraft and a vLLM server, so that no vLLM process outlives its owner.

Run as a script: `python vllm_guard.py OWNER_PID COMMAND...`. It starts the command, ends when
the command ends or the owner is gone (even by `kill -9`), and takes every descendant with it,
among them the engine processes that vLLM would leave behind. Standard library only: it must
start in milliseconds.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

# prctl(2)
SET_PARENT_DEATH_SIGNAL = 1
SET_CHILD_SUBREAPER = 36
GRACE = 10.0
TICK = 0.1


def main(owner: int, command: list[str]) -> int:
    """Run `command` until it ends, `owner` dies or SIGTERM comes; its exit status."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    _prctl(SET_CHILD_SUBREAPER, 1)
    server = subprocess.Popen(command, preexec_fn=_die_with_parent)  # noqa: PLW1509 (one thread)
    while server.poll() is None and not stopping and os.getppid() == owner:
        time.sleep(TICK)
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(GRACE)
        except subprocess.TimeoutExpired:
            server.kill()
    status = server.wait()
    _kill_descendants()
    return status


def _die_with_parent() -> None:
    """For the case that the guard itself is killed: its child then gets a SIGTERM."""
    _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _kill_descendants() -> None:
    """Kill until nothing is left: as subreaper, this process inherits every orphan."""
    while True:
        for child in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(TICK / 10)


def _children() -> list[int]:
    me = os.getpid()
    found: list[int] = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                # The command's name, in brackets, may hold spaces and brackets itself.
                parent = int(stat.read().rpartition(")")[2].split()[1])
            if parent == me:
                found.append(int(name))
    return found


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    status = main(int(sys.argv[1]), sys.argv[2:])
    sys.exit(128 - status if status < 0 else status)
