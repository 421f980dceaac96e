"""A job's problems: opened, tried before a model is started, handed out."""

from collections.abc import Iterator
from pathlib import Path

from redraft.core import InputError, Problem
from redraft.jobs.feed import Done, Feed, PipeFeed
from redraft.jobs.job import IN_MEMORY, Source
from redraft.jobs.problems import STDIN, ProblemStream, read_problems


def open_source(source: Source) -> ProblemStream:
    """The problems of a job's file; raises `InputError` if there is none."""
    if source.path == IN_MEMORY:
        raise InputError("this job's problems were given in Python: run it again from there")
    return read_problems(
        source.path,
        fields=source.fields,
        kind=source.kind,
        on_error=source.on_error,
        limit=source.limit,
    )


def check_source(source: Source) -> None:
    """Read the first problem, so that a mistake is told before a model is started.

    Raises `InputError`. What can be read only once, such as standard input, is left alone.
    """
    if not _is_pipe(source):
        next(open_source(source), None)


def make_feed(source: Source, problems: Iterator[Problem], done: Done) -> Feed:
    """A feed over `problems` that never waits for a pipe."""
    kind = PipeFeed if _is_pipe(source) else Feed
    return kind(problems, done)


def _is_pipe(source: Source) -> bool:
    return source.path == STDIN or Path(source.path).is_fifo()
