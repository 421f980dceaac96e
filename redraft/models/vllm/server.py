"""A `vllm serve` of our own: started, awaited, watched and stopped.

The server is a child of a small guard process (`guard.py`), so that nothing of vLLM is left
behind however this process ends. It listens on loopback alone, with a key of its own.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from redraft.core import EngineError
from redraft.models.vllm import guard
from redraft.models.vllm.log import explain_end, read_tail, stage
from redraft.models.vllm.setup import (
    detect_device,
    require_model,
    require_vllm,
    serve_command,
    serve_environment,
)

Report = Callable[[str, float], None]

_POLL_SECONDS = 0.5
_STOP_SECONDS = guard.GRACE + 5.0


def quiet(stage: str, seconds: float) -> None:
    """The `report` of a start that nobody watches."""


class VLLMServer:
    """`async with VLLMServer("Qwen/Qwen3-4B", log=Path("vllm.log")) as server:`.

    `model` is a folder, a Hugging Face name or a shipped model, `args` are further arguments of
    `vllm serve`, and `env` adds to this process's environment. `port=0` takes a free port. `report`
    hears the stage of the start and the seconds since its beginning, twice a second. The start may
    take `timeout` seconds. vLLM's output is added to `log`.

    Entering raises `EngineError` when the server cannot be started, with the cause, what to do
    and the log's last lines; leaving raises it when the server had ended by itself.
    """

    def __init__(
        self,
        model: str,
        *,
        log: Path,
        args: Sequence[str] = (),
        port: int = 0,
        env: Mapping[str, str] | None = None,
        timeout: float = 1800.0,
        report: Report = quiet,
    ) -> None:
        self.model = model
        self.log = log
        self.port = port
        self.api_key = secrets.token_urlsafe(24)
        self._args = tuple(args)
        self._env = dict(env or {})
        self._timeout = timeout
        self._report = report
        self._log_start = 0
        self._guard: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """The base URL of the API, as `Endpoint` takes it."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        self._guard = await self._start()
        try:
            await self._ready(self._guard)
        except BaseException:
            await self._stop(self._guard)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._guard is None:
            return
        failure = self.failure()
        await self._stop(self._guard)
        if failure is not None and (error is None or isinstance(error, Exception)):
            raise failure from error

    def failure(self) -> EngineError | None:
        """Why the server ended by itself, `None` while it runs."""
        if self._guard is None or self._guard.returncode is None:
            return None
        return self._ended(self._guard.returncode)

    async def watch(self) -> EngineError:
        """Wait until the server ends by itself, and say why."""
        if self._guard is None:
            raise RuntimeError("watch() before the server was entered")
        return self._ended(await self._guard.wait())

    async def _start(self) -> asyncio.subprocess.Process:
        require_vllm()
        require_model(self.model)
        device = detect_device()
        self.port = self.port or _free_port()
        command = serve_command(self.model, self.port, device, self._args)
        base = {**os.environ, **self._env}
        environment = serve_environment(self.model, device, self._args, base)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                guard.__file__,
                str(os.getpid()),
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env={**environment, "VLLM_API_KEY": self.api_key},
                start_new_session=True,
            )

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        started = time.monotonic()
        headers = {"Authorization": f"Bearer {self.api_key}"}
        limit = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as http:
            while not await self._answers(http):
                seconds = time.monotonic() - started
                reached = stage(read_tail(self.log, self._log_start))
                self._report(reached, seconds)
                if seconds > self._timeout:
                    raise EngineError(
                        f"vLLM was not ready after {seconds:.0f} s ({reached}); its log is "
                        f"{self.log}"
                    )
                with contextlib.suppress(TimeoutError):
                    status = await asyncio.wait_for(process.wait(), _POLL_SECONDS)
                    raise self._ended(status)
        self._report("ready", time.monotonic() - started)

    async def _answers(self, http: aiohttp.ClientSession) -> bool:
        """Whether our own server answers: another program would not take our key."""
        try:
            async with http.get(f"{self.url}/models") as response:
                if response.status != 200:
                    return False
                card = await response.json()
        except (aiohttp.ClientError, TimeoutError):
            return False
        self.model = str(card["data"][0]["id"])
        return True

    def _ended(self, status: int) -> EngineError:
        number = -status if status < 0 else status - 128
        how = f"status {status}" if number <= 0 else signal.Signals(number).name
        reason = explain_end(read_tail(self.log, self._log_start))
        return EngineError(f"vLLM for {self.model} ended ({how}, log {self.log}): {reason}")

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        """SIGTERM to the guard; where that fails, SIGKILL to its whole process group."""
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        if process.returncode is None or process.returncode < 0:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
