"""`redraft view`: the pages of one run, on this machine alone, until it is stopped."""

from argparse import Namespace
from pathlib import Path

from redraft.cli.outcome import say
from redraft.core import InputError

LOOPBACK = "127.0.0.1"


def view(options: Namespace) -> int:
    """Show the run until a signal stops it; returns the exit status."""
    try:
        import uvicorn

        from redraft.cli.runs import open_run
        from redraft.server import make_viewer
    except ModuleNotFoundError as error:
        raise InputError(f"the viewer needs {error.name}: pip install 'redraft[serve]'") from None
    run = open_run(Path(options.run))
    app = make_viewer(lambda: {run.name: run})
    config = uvicorn.Config(
        app, host=LOOPBACK, port=options.port, log_level="warning", lifespan="off"
    )
    try:
        socket = config.bind_socket()
    except SystemExit:
        raise InputError(f"port {options.port} is taken; choose another with --port") from None
    say(f"the run is at http://{LOOPBACK}:{socket.getsockname()[1]}/ (Ctrl-C ends it)")
    uvicorn.Server(config).run(sockets=[socket])
    return 0
