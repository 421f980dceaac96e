"""`redraft serve`: recipes as models behind an OpenAI-compatible API, until it is stopped."""

import asyncio
import contextlib
import tempfile
from argparse import Namespace
from pathlib import Path

from redraft.cli.job_options import defaults_of, read_settings
from redraft.cli.model_options import read_catalog
from redraft.cli.outcome import say
from redraft.cli.runs import shelf_of
from redraft.core import InputError
from redraft.models import RetryPolicy, open_catalog, open_embedder
from redraft.server import Furnishing, add_viewer, make_app, open_service

LOOPBACK = "127.0.0.1"


def serve(options: Namespace) -> int:
    """Serve until a signal stops it; returns the exit status."""
    catalog = read_catalog(options, None)
    settings = read_settings(options, defaults_of(catalog))
    furnishing = Furnishing(
        sampling=settings.sampling,
        prompt_sets=catalog.prompt_sets(),
        prompts=settings.prompts,
        handbook=settings.handbook,
        concurrency=settings.concurrency,
        retries=settings.retries,
    )

    shelf = None if options.runs is None else shelf_of(Path(options.runs))

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="redraft-serve-") as logs:
            log = Path(logs) / "vllm.log"
            spec = catalog.embedder if furnishing.handbook is not None else None
            async with (
                open_embedder(
                    spec,
                    log=log.with_stem("vllm-embedder"),
                    policy=RetryPolicy(attempts=furnishing.retries + 1),
                    report=_Starting(),
                ) as embedder,
                open_catalog(catalog, log=log, report=_Starting()) as models,
                open_service(models, furnishing, embedder) as service,
            ):
                app = make_app(service)
                if shelf is not None:
                    add_viewer(app, shelf)
                await _listen(app, options.host or LOOPBACK, options.port)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())
    return 0


class _Starting:
    """Says each stage of a vLLM's start once."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, stage: str, seconds: float) -> None:
        if stage != self._stage:
            say(f"vLLM: {stage}")
        self._stage = stage


async def _listen(app: object, host: str, port: int) -> None:
    import uvicorn

    config = uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    try:
        sockets = [config.bind_socket()]
    except SystemExit:
        raise InputError(f"port {port} of {host} is taken; choose another with --port") from None
    say(f"serving at http://{host}:{sockets[0].getsockname()[1]}/v1")
    await server.serve(sockets=sockets)
