"""Sees to it that no vLLM process outlives its owner, however the owner ends.

Run as a script, `python -I guard.py OWNER_PID COMMAND...` stands between the owner and a
vLLM server, and takes every descendant with it when the command ends or the owner is gone (even
by `kill -9`); with `--watch PID...` for the command, it kills these processes when the owner is
gone, and it uses the standard library alone, for it must start at once.
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
        for child in _children(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(TICK / 10)


def watch(owner: int, pids: list[int]) -> int:
    """Wait until `owner` is gone, then kill those of `pids` that are still the same processes."""
    births = {pid: _birth(pid) for pid in pids}
    while os.getppid() == owner:
        time.sleep(TICK)
    for pid, birth in births.items():
        if birth and _birth(pid) == birth:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return 0


def descendants(pid: int) -> list[int]:
    """All processes that stem from `pid`, itself left out."""
    found = _children(pid)
    return found + [one for child in found for one in descendants(child)]


def _children(pid: int) -> list[int]:
    numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [one for one in numbers if (fields := _stat(one)) and int(fields[1]) == pid]


def _birth(pid: int) -> str:
    fields = _stat(pid)
    return fields[19] if fields else ""


def _stat(pid: int) -> list[str]:
    """The fields of proc(5)'s stat from the state on; empty when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The command's name before them, in brackets, may hold spaces and brackets itself.
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    owner_pid, arguments = int(sys.argv[1]), sys.argv[2:]
    if arguments[0] == "--watch":
        status = watch(owner_pid, [int(pid) for pid in arguments[1:]])
    else:
        status = main(owner_pid, arguments)
    sys.exit(128 - status if status < 0 else status)
