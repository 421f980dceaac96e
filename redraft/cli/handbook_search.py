"""`redraft handbook search`, and the handbook as a run would see it."""

from argparse import Namespace
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from redraft.cli.model_options import read_embedder
from redraft.cli.outcome import say
from redraft.cli.terminal import one_line
from redraft.core import Problem, Query
from redraft.memory import Snapshot, Store, open_snapshot
from redraft.models import open_embedder

_LOG = Path("runs/embedder-vllm.log")


@asynccontextmanager
async def seen(options: Namespace, store: Store) -> AsyncGenerator[Snapshot]:
    """The newest version of a handbook, with the embedder that the options name."""
    async with open_embedder(read_embedder(options), log=_LOG) as embedder:
        yield await open_snapshot(store, embedder=embedder)


async def search_handbook(options: Namespace, store: Store) -> int:
    """Print the behaviors that an actor would be shown; returns the exit status."""
    problem = Problem(id="search", prompt=options.text, meta={"topic": options.text})
    async with seen(options, store) as snapshot:
        found = await snapshot.recall(problem, Query(most=options.most, by=options.by))
    if not found:
        say("no behavior was found; 'redraft handbook list' shows them all")
    for behavior in found:
        print(one_line(f"{behavior.name}: {behavior.instruction}"))
    return 0
