"""`redraft view`: the pages of one run, on this machine alone, until it is stopped."""

import contextlib
from argparse import Namespace
from pathlib import Path

from redraft.cli.outcome import say
from redraft.core import InputError

LOOPBACK = "127.0.0.1"


def view(options: Namespace) -> int:
    """Show the run until a signal stops it; returns the exit status."""
    try:
        import uvicorn

        from redraft.cli.listening import bind
        from redraft.cli.runs import open_run
        from redraft.server import make_viewer
    except ModuleNotFoundError as error:
        raise InputError(f"the viewer needs {error.name}: pip install 'redraft[serve]'") from None
    run = open_run(Path(options.run))
    config = uvicorn.Config(
        make_viewer(lambda: {run.name: run}), log_level="warning", lifespan="off"
    )
    with bind(LOOPBACK, options.port) as at:
        say(f"the run is at http://{LOOPBACK}:{at.getsockname()[1]}/ (Ctrl-C ends it)")
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[at])
    return 0
