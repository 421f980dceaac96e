"""Replay of a finished job from its journal, against the job itself with a 50 ms server.

A job asks the server; then its records are removed and the same call runs again, answered by the
journal alone. How many calls the job had in flight decides how long it took, so several are shown;
the target is for a job that asks one call at a time.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from figures import Figure, options, present
from problems import write_problems
from server import mock_server

from redraft import Endpoint, Settings, solve

DELAY = 0.05
# Nothing listens there: in a replay, a call that the journal lacks fails.
NOWHERE = "http://127.0.0.1:9/v1"


def main() -> None:
    """Measure, print and keep."""
    given = options(__doc__)
    sizes = {1: 10, 4: 10} if given.tiny else {1: 400, 4: 1600, 16: 3200}
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, mock_server(DELAY) as url:
        # The first job imports and compiles; it is not counted.
        _job_and_replay(url, Path(folder) / "first", 10, 1)
        for at_once, count in sizes.items():
            out = Path(folder) / str(at_once)
            job, again = _job_and_replay(url, out, count, at_once)
            figures += _figures(at_once, count, job, again)
    present("replay", figures, given.out)


def _figures(at_once: int, count: int, job: float, again: float) -> list[Figure]:
    who = f"{count:,} problems, {at_once} in flight"
    return [
        Figure(f"{who}: job", (job,), "s"),
        Figure(f"{who}: replay", (again,), "s"),
        Figure(f"{who}: job / replay", (job / again,), "x", at_least=20 if at_once == 1 else None),
    ]


def _job_and_replay(url: str, out: Path, count: int, at_once: int) -> tuple[float, float]:
    """Seconds of the job, and seconds of its replay."""
    out.mkdir()
    problems = write_problems(out / "problems.jsonl", count)
    job = asyncio.run(_solve(problems, url, out / "run", at_once))
    (out / "run" / "records.jsonl").unlink()
    again = asyncio.run(_solve(problems, NOWHERE, out / "run", at_once))
    return job, again


async def _solve(problems: Path, url: str, out: Path, at_once: int) -> float:
    endpoint = Endpoint(url, "mock")
    settings = Settings(concurrency=at_once, retries=0)
    started = time.perf_counter()
    results = await solve(problems, models=endpoint, out=out, settings=settings)
    seconds = time.perf_counter() - started
    await endpoint.aclose()
    if results.summary.failures:
        raise SystemExit(f"{out}: calls failed: {results.summary.failures}")
    return seconds


if __name__ == "__main__":
    main()
