"""The first signal cancels, later ones wait for the unwinding, and the event loop is left clean."""

import asyncio
import os
import signal

import pytest

from redraft.cli.signals import Stopped, run


@pytest.fixture(autouse=True)
def hangups_count():
    """Under nohup, hangups are ignored from the start, and what is ignored is left so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


async def hit(number: int, times: int, unwound: list[str]) -> None:
    os.kill(os.getpid(), number)
    try:
        await asyncio.Event().wait()
    finally:
        for _ in range(times - 1):
            os.kill(os.getpid(), number)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        unwound.append("all of it")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_cancels_the_work(number: int):
    unwound: list[str] = []
    with pytest.raises(Stopped) as stop:
        run(hit(number, 1, unwound))
    assert stop.value.number == number
    assert unwound == ["all of it"]


def test_more_signals_do_not_cut_the_unwinding_short(capsys: pytest.CaptureFixture[str]):
    unwound: list[str] = []
    with pytest.raises(Stopped):
        run(hit(signal.SIGINT, 3, unwound))
    assert unwound == ["all of it"]
    assert "stopping already" in capsys.readouterr().err


def test_work_that_ends_by_itself_is_returned():
    assert run(asyncio.sleep(0, "done")) == "done"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_cancellation_that_no_signal_asked_for_is_no_stop():
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(cancelled())
