"""Where a command line becomes an exit status: dispatch, and errors as one line each."""

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence

from redraft.cli.terminal import one_line
from redraft.cli.tree import build, parse

STOPPED = 128


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status.

    0 all is well, 1 it failed, 2 the user's mistake, 130 or 143 stopped by a signal. With
    `REDRAFT_TRACEBACK=1` errors are raised instead of told in one line.
    """
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _dispatch(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return STOPPED + signal.SIGINT
    except BrokenPipeError:
        # The reader has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _told(error)
    return status


def _dispatch(options: Namespace) -> int:
    command = None if options.version else options.command
    if command in (None, "", "handbook"):
        _say_about_redraft(command or "", version=options.version)
        return 0
    return _act(options, command.partition(" ")[0])


def _act(options: Namespace, command: str) -> int:
    """Do a command; each is imported when it is called for."""
    match command:
        case "solve":
            from redraft.cli.solve import solve as act
        case "serve":
            from redraft.cli.serve import serve as act
        case "view":
            from redraft.cli.view import view as act
        case "show":
            from redraft.cli.show import show as act
        case "recipes":
            from redraft.cli.recipes import recipes as act
        case "doctor":
            from redraft.cli.doctor import doctor as act
        case _:
            from redraft.cli.handbook import handbook as act
    return act(options)


def _say_about_redraft(command: str, *, version: bool) -> None:
    if version:
        from importlib.metadata import version as version_of

        print(f"redraft {version_of('redraft')}")
    else:
        build()[command].print_help()


def _told(error: Exception) -> int:
    from redraft.cli.signals import Stopped
    from redraft.core import InputError, RedraftError

    if isinstance(error, Stopped):
        print(f"redraft: stopped ({error}) before the run began", file=sys.stderr)
        return STOPPED + error.number
    expected = isinstance(error, RedraftError | OSError)
    if not expected or os.environ.get("REDRAFT_TRACEBACK") == "1":
        raise error
    print(f"redraft: error: {one_line(str(error))}", file=sys.stderr)
    return 2 if isinstance(error, InputError) else 1
