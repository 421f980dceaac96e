"""Peak memory of a job, from a thousand problems in a file to a hundred thousand.

Each size runs in a process of its own, as `single` with its run folder, against a mock server
without delay. The figure is the process's largest resident set, libraries included.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, options, present
from problems import write_problems
from server import mock_server

SIZES = (1_000, 10_000, 100_000)
MOST = 300


def main() -> None:
    """Measure, print and keep."""
    given = options(__doc__)
    sizes = (10, 20, 30) if given.tiny else SIZES
    figures: list[Figure] = []
    with mock_server(0.0) as url:
        for size in sizes:
            peak, seconds = _measured(url, size)
            figures.append(Figure(f"peak for {size:,} problems", (peak,), "MB", at_most=MOST))
            figures.append(Figure(f"wall time for {size:,} problems", (seconds,), "s"))
    smallest, largest = figures[0].value, figures[-2].value
    growth = Figure(f"growth from {sizes[0]:,} to {sizes[-1]:,}", (largest - smallest,), "MB")
    present("memory", [*figures, growth], given.out)


def _measured(url: str, size: int) -> tuple[float, float]:
    """Peak in MB (10^6 bytes) and seconds of a job of `size` problems."""
    with tempfile.TemporaryDirectory() as folder:
        problems = write_problems(Path(folder) / "problems.jsonl", size)
        command = [sys.executable, __file__, "--solve", str(problems), "--url", url]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        peak, seconds = json.loads(done.stdout)
    return peak, seconds


async def _solve(problems: Path, url: str) -> None:
    """Run the job in this process and say what it took."""
    from redraft import Endpoint, solve

    endpoint = Endpoint(url, "mock")
    started = time.perf_counter()
    await solve(problems, models=endpoint, out=problems.parent / "run")
    seconds = time.perf_counter() - started
    await endpoint.aclose()
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([kilobytes * 1024 / 1e6, seconds]))


if __name__ == "__main__":
    inner = argparse.ArgumentParser(add_help=False)
    inner.add_argument("--solve", type=Path)
    inner.add_argument("--url")
    asked, _ = inner.parse_known_args()
    if asked.solve:
        asyncio.run(_solve(asked.solve, asked.url))
    else:
        main()
