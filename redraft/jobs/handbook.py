"""Opens the handbook that a run reads, at the version that the run began with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from redraft.core import Memory
from redraft.jobs.folder import RunFolder
from redraft.jobs.job import load_job
from redraft.memory import open_snapshot, open_store


@asynccontextmanager
async def open_memory(
    handbook: str | None, folder: Path | None
) -> AsyncGenerator[Memory | None, None]:
    """The handbook's newest version, or the one that the run in `folder` began with.

    Raises `InputError` where there is no handbook at that path or URL.
    """
    if handbook is None:
        yield None
        return
    async with open_store(handbook, create=False) as store:
        yield await open_snapshot(store, version=_begun_with(folder, store.id))


async def memory_version(handbook: str | None, folder: Path | None) -> str | None:
    """The version that `open_memory` would open; raises as it does."""
    if handbook is None:
        return None
    async with open_store(handbook, create=False) as store:
        begun = _begun_with(folder, store.id)
        return f"{store.id}@{await store.version() if begun is None else begun}"


def _begun_with(folder: Path | None, handbook: str) -> int | None:
    """The version that the job in `folder` keeps of this handbook, if there is one."""
    if folder is None or not RunFolder(folder).job.exists():
        return None
    name, _, version = (load_job(RunFolder(folder).job).memory or "").rpartition("@")
    return int(version) if name == handbook and version.isdecimal() else None
