"""Worker processes that may hang, die or eat memory without harm to the event loop.

Workers are plain subprocesses that speak JSON over pipes: the caller's `__main__` is not
imported again, nothing is unpickled, and no thread waits. A worker that fails is replaced when
the next comparison needs one.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

from redraft.core import Outcome
from redraft.tools.worker import OUT_OF_MEMORY

Comparison = tuple[Outcome, str]
_START_SECONDS = 60.0
_WALL_PER_CPU_SECOND = 5.0
_ENDING_SECONDS = 0.05
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")


class WorkerPool:
    """At most `workers` processes, started when needed; `limit` is CPU seconds a comparison."""

    def __init__(self, workers: int, limit: float) -> None:
        self._limit = limit
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[Process] = []
        self._tasks: set[asyncio.Task[Comparison]] = set()

    async def compare(self, gold: str, answer: str) -> Comparison:
        """Ask a worker. A cancelled caller leaves; its comparison ends by itself, in bounds."""
        await self._slots.acquire()
        task = asyncio.create_task(self._serve(gold, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Stop what runs and wait until every process is gone."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._idle:
            await _kill(self._idle.pop())

    async def _serve(self, gold: str, answer: str) -> Comparison:
        try:
            worker = await self._take()
            try:
                reply = await self._ask(worker, gold, answer)
            except BaseException:
                await _kill(worker)
                raise
            if reply is None:
                return ("unknown", self._autopsy(await _kill(worker)))
            self._idle.append(worker)
            return reply
        except OSError as error:
            return ("unknown", f"a checker process failed: {error}")
        finally:
            self._slots.release()

    async def _take(self) -> Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
            await _kill(worker)
        return await self._start()

    async def _start(self) -> Process:
        spawning = asyncio.ensure_future(self._spawn())
        try:
            worker = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            # asyncio loses a process whose creation is cancelled half-way.
            await _kill(await spawning)
            raise
        try:
            ready = await _line(worker, _START_SECONDS)
        except BaseException:
            await _kill(worker)
            raise
        if ready is None:
            status = await _kill(worker)
            raise OSError(f"it did not start (status {status}); is math-verify installed?")
        return worker

    async def _spawn(self) -> Process:
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        places = os.pathsep.join(place or os.getcwd() for place in sys.path)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "redraft.tools.worker", str(self._limit)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**kept, "PYTHONPATH": places, "PYTHONHASHSEED": "0"},
            start_new_session=True,
        )

    async def _ask(self, worker: Process, gold: str, answer: str) -> Comparison | None:
        assert worker.stdin is not None
        worker.stdin.write(json.dumps([gold, answer]).encode() + b"\n")
        try:
            await worker.stdin.drain()
        except ConnectionError:
            return None
        return await _line(worker, self._limit * _WALL_PER_CPU_SECOND)

    def _autopsy(self, status: int) -> str:
        if status == -signal.SIGPROF:
            return f"undecided after {self._limit:g} s of computing"
        if status == OUT_OF_MEMORY:
            return "undecided: needs more memory than a checker may use"
        return f"undecided: the checker process ended (status {status})"


async def _line(worker: Process, seconds: float) -> Comparison | None:
    """The worker's next reply, `None` when it ended or gave none in time."""
    assert worker.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            line = await worker.stdout.readline()
    except TimeoutError:
        return None
    if not line.endswith(b"\n"):
        return None
    outcome, comment = json.loads(line)
    return (outcome, comment)


async def _kill(worker: Process) -> int:
    """End a process whatever its state, and release its pipes; its exit status."""
    ending = asyncio.ensure_future(worker.wait())
    # A worker that is ending by itself keeps its own status. Not `asyncio.timeout`, which
    # Python 3.11 confuses with the cancellation that may have led here.
    await asyncio.wait([ending], timeout=_ENDING_SECONDS)
    if worker.returncode is None:
        worker.kill()
    await worker.communicate()
    return await ending
