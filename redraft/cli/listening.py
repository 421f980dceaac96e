"""Takes an address, answers at it, and leaves in good order when signals come."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Generator
from typing import Any

import uvicorn

from redraft.cli.outcome import say
from redraft.core import InputError
from redraft.server import Runs

# Past the grace, for clients that do not fetch what is told them.
_LAST_SECONDS = 5
_LAST_PORT = 65535


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to that address; nobody is answered yet.

    Raises `InputError` for an address that cannot be had.
    """
    if port > _LAST_PORT:
        raise InputError(f"--port {port}: a port is a number up to {_LAST_PORT}")
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise InputError(f"--host {host}: this name has no address") from None
    taken = socket.socket(family, kind)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise InputError(_why(error, host, port)) from None
    return taken


class Listener:
    """One server. The first signal ends it within `grace` seconds, the second at once."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._server: _Server | None = None
        self._runs: Runs | None = None

    @property
    def listened(self) -> bool:
        """Whether there was anything to be asked."""
        return self._server is not None

    async def listen(self, app: Any, runs: Runs, at: socket.socket) -> None:
        """Serve `app` at a bound socket until signals end it."""
        host, port = at.getsockname()[:2]
        config = uvicorn.Config(
            app,
            log_level="warning",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=int(self._grace) + _LAST_SECONDS,
        )
        self._runs, self._server = runs, _Server(config)
        say(f"serving at http://{f'[{host}]' if ':' in host else host}:{port}/v1")
        try:
            await self._server.serve(sockets=[at])
        except OSError as error:
            raise InputError(_why(error, host, port)) from None

    def hear(self, count: int) -> bool:
        """Act on the `count`-th signal; `False` where there is nothing to end in good order."""
        server, runs = self._server, self._runs
        if server is None or runs is None or count > 2:
            return False
        server.should_exit = True
        if count == 1:
            say(f"stopping: answers may take up to {self._grace:g} s more; another signal ends it")
            asyncio.get_running_loop().call_later(self._grace, runs.stop)
        else:
            runs.stop()
            server.force_exit = True
        return True


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals alone: they are heard where the models are closed too."""
        yield


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken; choose another with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is no address of this machine; 0.0.0.0 means all that it has"
    if error.errno == errno.EACCES:
        return f"port {port} may not be taken by this user; choose one above 1023 with --port"
    return f"{host}:{port} cannot be listened on: {error.strerror}"
