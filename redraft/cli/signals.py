"""Ctrl-C and its kin: the first one cancels the work, later ones wait until it has put things away.

A server of ours and the files of a run are closed while the cancelled work unwinds; leaving at the
second Ctrl-C would orphan the one and tear the other.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """The work was ended by a signal; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.strsignal(number))
        self.number = number


def run(work: Coroutine[Any, Any, T], hear: Callable[[int], bool] | None = None) -> T:
    """Run `work` in a new event loop; raises `Stopped` if a signal ended it.

    `hear` is told how many signals have come and may end the work in its own way; where it returns
    `False`, the work is cancelled.
    """
    # A signal between two handlers would tear the event loop itself, so it waits for the next one.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        return asyncio.run(_guarded(work, before, hear))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def _guarded(
    work: Coroutine[Any, Any, T], mask: set[int], hear: Callable[[int], bool] | None
) -> T:
    task = asyncio.create_task(work)
    received: list[int] = []
    cancelled = False

    def stop(number: int) -> None:
        nonlocal cancelled
        received.append(number)
        if not cancelled and hear is not None and hear(len(received)):
            return
        if not cancelled:
            task.cancel()
        elif not sys.stderr.closed:
            print("redraft: stopping already; a moment, please", file=sys.stderr)
        cancelled = True

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        # `nohup` ignores SIGHUP on purpose.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop, number)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Stopped(received[0]) from None
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
