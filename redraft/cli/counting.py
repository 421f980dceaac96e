"""Counts the problems of a file while a run has begun, so that the display can tell the time left.

Only files of one problem a line are counted; nothing waits for the count.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from redraft.cli.progress import Progress

_BLOCK = 1 << 20
_LINES = (".jsonl", ".ndjson")


@asynccontextmanager
async def counting(
    progress: Progress, source: str, limit: int | None
) -> AsyncGenerator[None, None]:
    """Count beside the block, which neither waits for the count nor outlives it."""
    count = asyncio.create_task(count_into(progress, source, limit))
    try:
        yield
    finally:
        count.cancel()


async def count_into(progress: Progress, source: str, limit: int | None) -> None:
    """Set `progress.total` once it is known; leaves it alone for a pipe or another format."""
    path = Path(source)
    if path.suffix.lower() not in _LINES:
        return
    given_up = threading.Event()
    try:
        lines = await asyncio.to_thread(_count_lines, path, given_up)
    except OSError:
        # Whoever reads the problems says what is wrong with the file.
        return
    finally:
        given_up.set()
    if lines is not None:
        progress.total = lines if limit is None else min(lines, limit)


def _count_lines(path: Path, given_up: threading.Event) -> int | None:
    if not path.is_file():
        return None
    lines, last = 0, b"\n"
    with path.open("rb", buffering=0) as file:
        while not given_up.is_set() and (block := file.read(_BLOCK)):
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")
