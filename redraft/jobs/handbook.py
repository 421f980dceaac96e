"""Opens the handbook that a run reads, at the version that the run began with or a later one."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from redraft.core import Embedder, Memory
from redraft.jobs.folder import RunFolder
from redraft.jobs.job import Settings, load_job
from redraft.memory import Snapshot, Store, open_snapshot, open_store
from redraft.models import KeptVectors

_KEPT = 4


class Handbook:
    """An open handbook. Made by `open_handbook`.

    A run began with the version `begun`; `newest` is the last version that it turned to.
    """

    def __init__(self, store: Store, begun: int, embedder: Embedder | None) -> None:
        self.store = store
        self.begun = begun
        self.newest = begun
        self._embedder = embedder
        self._open: dict[int, Snapshot] = {}
        self._opening = asyncio.Lock()

    @property
    def version(self) -> str:
        """The version that the run began with, as jobs and records name it."""
        return f"{self.store.id}@{self.begun}"

    async def at(self, version: int) -> Memory:
        """The handbook as it stood at `version`; raises `StoreError` and `ModelError`.

        The last few that were opened stay open.
        """
        async with self._opening:
            if version not in self._open:
                self._open[version] = await open_snapshot(
                    self.store, version=version, embedder=self._embedder
                )
                if len(self._open) > _KEPT:
                    self._open.pop(next(iter(self._open)))
            return self._open[version]

    async def turn(self) -> int:
        """Open the newest version there is, and say which; raises as `at` does."""
        version = await self.store.version()
        await self.at(version)
        self.newest = version
        return version


@asynccontextmanager
async def open_handbook(
    settings: Settings, folder: Path | None, embedder: Embedder | None = None
) -> AsyncGenerator[Handbook | None, None]:
    """The handbook that `settings` name, for the run in `folder` if there is one there already.

    `embedder` takes the place of memory's own; what it says is kept in `folder`. Raises
    `InputError` where there is no handbook at that path, unless the run is to learn: then an empty
    one is made.
    """
    if settings.handbook is None:
        yield None
        return
    async with open_store(settings.handbook, create=settings.learn != "off") as store:
        begun = _begun_with(folder, store.id)
        with _kept(embedder, folder) as embed:
            yield Handbook(store, await store.version() if begun is None else begun, embed)


@contextmanager
def _kept(embedder: Embedder | None, folder: Path | None) -> Generator[Embedder | None]:
    """`embedder`, with what it says kept in the run's folder, if there is one."""
    if embedder is None or folder is None:
        yield embedder
        return
    with KeptVectors(embedder, RunFolder(folder).vectors) as kept:
        yield kept


async def memory_version(settings: Settings, folder: Path | None) -> str | None:
    """The version that the run in `folder` began with or, where there is none, would begin with.

    Raises as `open_handbook` does.
    """
    async with open_handbook(settings, folder) as handbook:
        return None if handbook is None else handbook.version


def _begun_with(folder: Path | None, handbook: str) -> int | None:
    """The version that the job in `folder` keeps of this handbook, if there is one."""
    if folder is None or not RunFolder(folder).job.exists():
        return None
    name, _, version = (load_job(RunFolder(folder).job).memory or "").rpartition("@")
    return int(version) if name == handbook and version.isdecimal() else None
