"""Calls in flight when 1,000 are asked for, and the wall time against the ideal.

The server counts the requests that it has in hand. The ideal is what an infinitely fast client
would take: rounds of 1,000 calls, each as long as the server's delay.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from figures import Figure, options, present
from problems import write_problems
from server import mock_server, peak

from redraft import Endpoint, Settings, solve


def main() -> None:
    """Measure, print and keep."""
    given = options(__doc__)
    at_once, rounds, delay = (8, 2, 0.05) if given.tiny else (1000, 2, 20.0)
    with tempfile.TemporaryDirectory() as folder, mock_server(delay) as url:
        problems = write_problems(Path(folder) / "problems.jsonl", at_once * rounds)
        seconds = asyncio.run(_solve(url, problems, at_once))
        found = peak(url)
    figures = [
        Figure("calls in flight at the peak", (found,), "calls", at_least=at_once, at_most=at_once),
        Figure("ideal wall time", (rounds * delay,), "s"),
        Figure("wall time", (seconds,), "s"),
        Figure("wall time / ideal", (seconds / (rounds * delay),), "x"),
    ]
    present("in_flight", figures, given.out)


async def _solve(url: str, problems: Path, at_once: int) -> float:
    endpoint = Endpoint(url, "mock")
    started = time.perf_counter()
    await solve(
        problems,
        models=endpoint,
        out=problems.parent / "run",
        settings=Settings(concurrency=at_once),
    )
    seconds = time.perf_counter() - started
    await endpoint.aclose()
    return seconds


if __name__ == "__main__":
    main()
