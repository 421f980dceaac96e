"""The mock server as a process: `python -m redraft.testing.server --port 0 --delay 0.05`.

Prints its URL as its first line and serves until it is ended. `GET /stats` beside `/v1` tells
what reached it: requests, in_flight, peak, aborted, completions.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from redraft.testing.completions import Answer, default_answer
from redraft.testing.mock import MockServer, Traits


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="redraft.testing.server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds after a streamed piece")
    parser.add_argument("--model", default="mock", help="name of the served model")
    parser.add_argument("--text", default="", help="what every completion says")
    parser.add_argument("--max-model-len", type=int, default=32768, help="context, in tokens")
    parser.add_argument("--plain", action="store_true", help="without what only vLLM has")
    options = parser.parse_args(arguments)
    traits = Traits((options.model,), options.max_model_len, vllm=not options.plain)
    server = MockServer(
        _saying(options.text),
        delay=options.delay,
        pause=options.pause,
        traits=traits,
        port=options.port,
    )
    try:
        asyncio.run(_serve(server))
    except KeyboardInterrupt:
        sys.exit(130)


def _saying(text: str) -> Answer:
    return (lambda _: text) if text else default_answer


async def _serve(server: MockServer) -> None:
    async with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    main()
