"""What `redraft serve` costs while many streams go on at once, beside the mock server itself.

Redraft's server and the mock behind it are processes of their own. First the clients ask the mock,
then, through a recipe, Redraft. The streams begin one after the other over the time of one answer,
and each goes on with the next question as soon as it has an answer. Memory is read from /proc, so
this runs on Linux alone.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import openai
from figures import Figure, present

WORDS, PAUSE = 60, 0.1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A process that serves at `url`, as `model`."""

    url: str
    model: str
    pid: int

    def cpu(self) -> float:
        """Its CPU seconds so far, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Its resident memory in MiB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@dataclass
class Load:
    """What the clients saw of one server. Times in seconds, memory in MiB, every second."""

    first: list[float] = field(default_factory=list[float])
    answers: int = 0
    chunks: int = 0
    errors: int = 0
    memory: list[float] = field(default_factory=list[float])
    cpu: float = 0.0

    def cpu_per_chunk(self) -> float:
        """Microseconds of the server's CPU for each chunk that it sent."""
        return 1e6 * self.cpu / max(1, self.chunks)

    def chunks_an_answer(self) -> float:
        """Fewer than the mock's where the server joined what came while it was busy."""
        return self.chunks / max(1, self.answers)

    def first_at(self, percent: int) -> float:
        """The time to the first chunk that so many percent of the streams kept."""
        return statistics.quantiles(self.first, n=100)[percent - 1] if self.first[1:] else 0.0


def main() -> None:
    """Measure, print and keep."""
    given = _options()
    with tempfile.TemporaryDirectory() as folder, _mock() as mock:
        bare = asyncio.run(_load(mock, given.streams, min(given.seconds, 30.0)))
        with _redraft(mock, given, Path(folder)) as served:
            load = asyncio.run(_load(served, given.streams, given.seconds))
            left = _active(served)
    present("serving", figures(load, bare, left), given.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200, help="at once")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long new ones begin")
    parser.add_argument("--recipe", default="single", help="what is asked for")
    parser.add_argument("--tiny", action="store_true", help="only check that it runs")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for the JSON")
    given = parser.parse_args()
    if given.tiny:
        given.streams, given.seconds = 2, 0.5
    return given


def figures(load: Load, bare: Load, left: int) -> list[Figure]:
    """Of Redraft's server, and of the mock where the two can be compared."""
    tenth = max(1, len(load.memory) // 10)
    return [
        Figure("answers", (load.answers,), "", at_least=1),
        Figure("errors", (load.errors,), "", at_most=0),
        Figure("runs left at the end", (left,), "", at_most=0),
        Figure("first byte, p50", (load.first_at(50),), "s"),
        Figure("first byte, p95", (load.first_at(95),), "s", at_most=0.5),
        Figure("first byte of the mock, p50", (bare.first_at(50),), "s"),
        Figure("first byte of the mock, p95", (bare.first_at(95),), "s"),
        Figure("memory, second tenth", tuple(load.memory[tenth : 2 * tenth] or load.memory), "MiB"),
        Figure("memory, last tenth", tuple(load.memory[-tenth:]), "MiB"),
        Figure("memory, peak", (max(load.memory),), "MiB"),
        Figure("chunks an answer", (load.chunks_an_answer(),), ""),
        Figure("chunks an answer of the mock", (bare.chunks_an_answer(),), ""),
        Figure("CPU a chunk", (load.cpu_per_chunk(),), "us"),
        Figure("CPU a chunk of the mock", (bare.cpu_per_chunk(),), "us"),
    ]


async def _load(server: Server, streams: int, seconds: float) -> Load:
    """Keep so many streams going for so long; those that have begun may finish."""
    load, end = Load(), time.monotonic() + seconds
    before = server.cpu()
    watching = asyncio.create_task(_watch(server, load))
    async with openai.AsyncOpenAI(base_url=server.url, api_key="any", max_retries=0) as client:
        step = min(seconds, WORDS * PAUSE) / streams
        asks = (_ask(client, server, load, end, n, n * step) for n in range(streams))
        await asyncio.gather(*asks)
    watching.cancel()
    load.memory.append(server.memory())
    load.cpu = server.cpu() - before
    return load


async def _ask(
    client: openai.AsyncOpenAI, server: Server, load: Load, end: float, number: int, wait: float
) -> None:
    question, asked = f"What is {number} + 1?", 0
    await asyncio.sleep(wait)
    while asked == 0 or time.monotonic() < end:
        asked += 1
        began, first = time.monotonic(), True
        try:
            stream = await client.chat.completions.create(
                model=server.model,
                messages=[{"role": "user", "content": question}],
                stream=True,
                seed=asked,
            )
            async for _ in stream:
                if first:
                    load.first.append(time.monotonic() - began)
                first = False
                load.chunks += 1
            load.answers += 1
        except openai.OpenAIError as error:
            load.errors += 1
            print(f"stream {number}: {error}", file=sys.stderr)


async def _watch(server: Server, load: Load) -> None:
    while True:
        load.memory.append(server.memory())
        await asyncio.sleep(1)


@contextmanager
def _mock() -> Generator[Server]:
    text = f"{'word ' * WORDS}\\boxed{{4}}"
    command = [sys.executable, "-m", "redraft.testing.server", "--text", text]
    command += ["--delay", "0.05", "--pause", str(PAUSE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Server(process.stdout.readline().strip(), "mock", process.pid)
        finally:
            process.terminate()


@contextmanager
def _redraft(mock: Server, given: argparse.Namespace, folder: Path) -> Generator[Server]:
    config = folder / "redraft.toml"
    config.write_text(
        f'[models.mock]\nendpoint = "{mock.url}"\nmodel = "{mock.model}"\n'
        f"[limits]\nconcurrency = 4096\n[serve.limits]\nactive = {given.streams}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "redraft.cli", "serve", "--config", config.name]
    command += ["--port", "0", "--log", "requests.jsonl"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            url = said.partition("serving at ")[2].strip()
            if not url:
                sys.exit(said)
            yield Server(url, given.recipe, process.pid)
        finally:
            process.terminate()


def _active(server: Server) -> int:
    with urlopen(f"{server.url.removesuffix('/v1')}/active", timeout=5) as page:
        return json.load(page)["active"]


if __name__ == "__main__":
    main()
