"""The guard, with a stand-in for vLLM that leaves children behind as vLLM does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from redraft.models.vllm import guard

# Writes its own and its child's id; the child leaves the session and ignores SIGTERM.
SERVER = """
import os, signal, sys, time
child = os.fork()
if not child:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
with open(sys.argv[1] + ".part", "w") as file:
    file.write(f"{os.getpid()} {child}")
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(float(sys.argv[2]))
sys.exit(3)
"""
OWNER = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-I", sys.argv[1], str(os.getpid()), *sys.argv[2:]])
time.sleep(600)
"""


def server(ids: Path, seconds: float) -> list[str]:
    return [sys.executable, "-c", SERVER, str(ids), str(seconds)]


def guarded(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-I", guard.__file__, str(os.getpid()), *command])


def read(ids: Path) -> list[int]:
    wait_for(ids.exists)
    return [int(part) for part in ids.read_text().split()]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(holds):
    end = time.monotonic() + 30
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_the_servers_status_is_passed_on_and_its_orphans_killed(tmp_path: Path) -> None:
    process = guarded(server(tmp_path / "ids", 0.2))
    family = read(tmp_path / "ids")
    assert process.wait(30) == 3
    assert not any(alive(pid) for pid in family)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_takes_all_with_it(tmp_path: Path, number: int) -> None:
    process = guarded(server(tmp_path / "ids", 600))
    family = read(tmp_path / "ids")
    process.send_signal(number)
    assert process.wait(30) == 128 + signal.SIGTERM
    assert not any(alive(pid) for pid in family)


def test_nothing_outlives_a_killed_owner(tmp_path: Path) -> None:
    arguments = [guard.__file__, *server(tmp_path / "ids", 600)]
    owner = subprocess.Popen([sys.executable, "-c", OWNER, *arguments])
    family = read(tmp_path / "ids")
    owner.kill()
    owner.wait(30)
    wait_for(lambda: not any(alive(pid) for pid in family))


def test_the_server_ends_when_the_guard_is_killed(tmp_path: Path) -> None:
    process = guarded(server(tmp_path / "ids", 600))
    leader, child = read(tmp_path / "ids")
    process.kill()
    process.wait(30)
    wait_for(lambda: not alive(leader))
    os.kill(child, signal.SIGKILL)


def test_watched_processes_go_with_the_owner_and_others_stay(tmp_path: Path) -> None:
    sleeps = [
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) for _ in "ab"
    ]
    arguments = [guard.__file__, "--watch", str(sleeps[0].pid)]
    owner = subprocess.Popen([sys.executable, "-c", OWNER, *arguments])
    (watcher,) = wait_for(lambda: guard.descendants(owner.pid))
    owner.kill()
    owner.wait(30)
    assert sleeps[0].wait(30) == -signal.SIGKILL
    wait_for(lambda: not alive(watcher))
    assert sleeps[1].poll() is None
    sleeps[1].kill()
    sleeps[1].wait(30)
