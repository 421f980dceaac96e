"""The mock server of the benchmarks, in a process of its own so that its work is not counted."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from urllib.request import urlopen

from problems import answer

from redraft.testing import MockServer


@contextmanager
def mock_server(delay: float) -> Generator[str]:
    """The URL of a server that answers every request after `delay` seconds."""
    command = [sys.executable, __file__, "--delay", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def peak(url: str) -> int:
    """The most requests that the server at `url` ever had in hand at one time."""
    with urlopen(f"{url.removesuffix('/v1')}/stats") as page:
        return json.load(page)["peak"]


async def _serve(delay: float) -> None:
    async with MockServer(answer, delay=delay) as server:
        print(server.url, flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, required=True, help="seconds before each reply")
    asyncio.run(_serve(parser.parse_args().delay))
