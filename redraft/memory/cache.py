"""Arrays that are dear to compute, kept in files for the next process.

No cache is ever needed: where none can be written, a process keeps in memory what it computes.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from redraft.memory.mapped import Arrays, read, write

_PAUSE = 0.05

FEW = 1_000
"""What is fast to compute for each text is not kept for fewer texts."""


def users_folder(handbook: str) -> Path:
    """The folder for the caches of a handbook that is no file on this machine, by its id."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    # The id comes from a database: it must not become a path.
    return Path(home) / "redraft" / blake2b(handbook.encode(), digest_size=8).hexdigest()


def _whole(_: Arrays) -> bool:
    return True


async def kept(
    path: Path,
    tag: str,
    *,
    make: Callable[[Arrays | None], Awaitable[Arrays]],
    fits: Callable[[Arrays], bool] = _whole,
) -> Arrays:
    """The arrays at `path` under `tag` where they fit, else what `make` makes of them or `None`.

    What was made is kept there for the next process. One process at a time makes, the others wait
    for it. Raises what `make` raises.
    """
    found = await asyncio.to_thread(read, path, tag)
    if found is not None and fits(found):
        return found
    async with _alone(path.parent):
        found = await asyncio.to_thread(read, path, tag)
        if found is not None and fits(found):
            return found
        made = await make(found)
        await asyncio.to_thread(save, path, tag, made)
        # In the file the memory is shared. Another machine may have written in the meantime.
        found = await asyncio.to_thread(read, path, tag)
    return found if found is not None and fits(found) else made


def save(path: Path, tag: str, arrays: Arrays) -> None:
    """Put `arrays` at `path` if that can be done, for a process that is alone there."""
    with suppress(OSError):
        write(path, tag, arrays)


@asynccontextmanager
async def _alone(folder: Path) -> AsyncGenerator[None]:
    """Let one process at a time go on, where files can be locked; the kernel unlocks them."""
    try:
        handle = _opened(folder)
    except OSError:
        yield
        return
    try:
        while True:
            if _locked(handle):
                break
            # A thread that waits in the kernel could not be cancelled.
            await asyncio.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)


def _opened(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # This file system has no locks.
        return True
    return True
