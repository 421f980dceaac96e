"""Serves until a signal: reads how, takes the address, opens the models and closes all in turn."""

import contextlib
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Generator
from pathlib import Path

from redraft.cli.job_options import defaults_of, read_settings
from redraft.cli.listening import Listener, bind
from redraft.cli.model_options import config_path, read_catalog
from redraft.cli.outcome import say
from redraft.cli.runs import shelf_of
from redraft.cli.signals import Stopped, run
from redraft.core import InputError
from redraft.models import Catalog, RetryPolicy, VLLMSpec, open_catalog, open_embedder
from redraft.server import (
    Furnishing,
    Operations,
    ServeLog,
    Serving,
    add_viewer,
    furnish,
    is_loopback,
    key_from,
    load_serving,
    make_app,
    make_service,
)

LOOPBACK, PORT = "127.0.0.1", 8080
# Before the user's own arguments, of which the last one counts.
_PRIORITY = ("--scheduling-policy", "priority")


def serve_until_stopped(options: Namespace) -> int:
    """Serve as `options` and `redraft.toml` say; returns 0 once a signal has ended it."""
    catalog = _by_priority(read_catalog(options, None))
    settings = read_settings(options, defaults_of(catalog))
    if options.run_budget_total is not None:
        raise InputError("--run-budget-total is for batches; --budget-total bounds each answer")
    serving = read_serving(options, catalog)
    furnishing = Furnishing(
        sampling=settings.sampling,
        prompt_sets=catalog.prompt_sets(),
        prompts=settings.prompts,
        handbook=settings.handbook,
        concurrency=settings.concurrency,
        retries=settings.retries,
        offers=serving.offers,
        recipes=serving.recipes,
        budget=settings.budget,
        tasks=serving.tasks,
        threads=serving.threads,
        thread_days=serving.thread_days,
    )
    shelf = None if options.runs is None else shelf_of(Path(options.runs))
    listener = Listener(serving.grace)
    socket = bind(serving.host or LOOPBACK, PORT if serving.port is None else serving.port)
    with socket, _log(serving.log) as write:

        async def work() -> None:
            with tempfile.TemporaryDirectory(prefix="redraft-serve-") as logs:
                log = Path(logs) / "vllm.log"
                async with (
                    furnish(furnishing) as furnished,
                    open_embedder(
                        catalog.embedder,
                        log=log.with_stem("vllm-embedder"),
                        policy=RetryPolicy(attempts=furnishing.retries + 1),
                        report=_Starting(),
                    ) as embedder,
                    open_catalog(catalog, log=log, report=_Starting()) as models,
                ):
                    service = await make_service(models, furnished, embedder)
                    operations = Operations(service, serving, write)
                    app = make_app(service, operations)
                    if shelf is not None:
                        add_viewer(app, shelf)
                    await listener.listen(app, operations.runs, socket)

        try:
            run(work(), listener.hear)
        except Stopped:
            if not listener.listened:
                raise
    return 0


def read_serving(options: Namespace, catalog: Catalog) -> Serving:
    """`[serve]` with the options laid over it; raises `InputError` for an open door."""
    path = config_path(options)
    serving = Serving()
    if path is not None:
        serving = load_serving(
            path,
            catalog.specs(),
            handbook=options.handbook is not None,
            threads=options.threads is not None,
        )
    given = {
        "host": options.host or serving.host or LOOPBACK,
        "port": options.port if options.port is not None else serving.port,
        "grace": options.grace if options.grace is not None else serving.grace,
        "keys": (*serving.keys, *(key_from(os.environ, name) for name in options.key_env)),
        "open": options.open or serving.open,
        "threads": options.threads or serving.threads,
        "log": ServeLog(
            file=options.log or serving.log.file,
            prompts=options.log_prompts or serving.log.prompts,
        ),
    }
    serving = serving.model_copy(update=given)
    if not (serving.keys or serving.open or is_loopback(serving.host)):
        raise InputError(
            f"--host {serving.host} lets other machines ask, and there is no key: add --key-env "
            "VARIABLE or [serve.keys] ('redraft serve --new-key' makes a key), or --open if "
            "everybody may ask"
        )
    return serving


def _by_priority(catalog: Catalog) -> Catalog:
    """`catalog` with every vLLM of ours told to let chat go before batches."""
    models = {
        name: spec.model_copy(update={"args": (*_PRIORITY, *spec.args)})
        if isinstance(spec, VLLMSpec)
        else spec
        for name, spec in catalog.models.items()
    }
    return catalog.model_copy(update={"models": models})


@contextlib.contextmanager
def _log(log: ServeLog) -> Generator[Callable[[str], None]]:
    """Writes lines to the log's file, or to standard output."""
    with contextlib.ExitStack() as stack:
        stream = sys.stdout
        if log.file is not None:
            try:
                stream = stack.enter_context(Path(log.file).open("a", encoding="utf-8"))
            except OSError as error:
                raise InputError(f"the log {log.file}: {error.strerror}") from None

        def write(line: str) -> None:
            # A pipe whose reader has gone, or a full disk, must not end a request.
            with contextlib.suppress(OSError):
                print(line, file=stream, flush=True)

        yield write


class _Starting:
    """Says each stage of a vLLM's start once."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, stage: str, seconds: float) -> None:
        if stage != self._stage:
            say(f"vLLM: {stage}")
        self._stage = stage
