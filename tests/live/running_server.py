"""`redraft serve` as a process, the numbers that it and vLLM give, and programs of `.clients`."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

CLIENTS = Path(__file__).parents[2] / ".clients" / "bin"


@contextmanager
def serving(folder: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of `redraft serve OPTIONS`; it ends with status 0 when it is told to."""
    command = [sys.executable, "-m", "redraft.cli", "serve", *options, "--port", "0"]
    command += ["--log", "requests.jsonl", "--grace", "5"]
    with subprocess.Popen(
        command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield _address(process)
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()


def _address(process: "subprocess.Popen[str]") -> str:
    """Where `process` serves, as it says once its models answer."""
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        _, found, url = line.partition("serving at ")
        if found:
            return url.strip().removesuffix("/v1")
    pytest.fail(f"the server ended before it served: {''.join(said)}")


def active(url: str) -> int:
    """The runs that go on at `redraft serve`."""
    with urlopen(f"{url}/active", timeout=5) as page:
        return json.load(page)["active"]


def in_engine(url: str) -> float:
    """The requests that a vLLM with the base URL `url` works on or holds."""
    names = ("vllm:num_requests_running", "vllm:num_requests_waiting{")
    with urlopen(f"{url.removesuffix('/v1')}/metrics", timeout=5) as page:
        lines = page.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(names))


def wait_until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Return as soon as `holds`; fail with `otherwise` when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


def client(name: str) -> str:
    """The program `name` of the clients' environment."""
    program = CLIENTS / name
    if not program.exists():
        pytest.fail(f"{program} is missing: run make clients")
    return str(program)
