"""One worker process: `worker.py KIND FOLDER NAME ASKED` opens, and then obeys its input.

It prints a line when it has opened, answers the first line of input with its latencies (wall and
processor time) and how much it found, and the second with its memory, while the other workers
still hold theirs.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from redraft.core import Problem
from redraft.memory import HashedWords, SqliteStore, open_snapshot
from redraft.memory.embedding import table
from redraft.memory.snapshot import Snapshot
from retrieval_at_sizes.contestants import BOOK, WAYS, opened, query
from retrieval_at_sizes.data import MOST, Texts, nearest

Spent = tuple[float, float]
Answer = dict[str, Any]

_WARM = 10


def main() -> None:
    """Open what the command line names, and obey."""
    kind, folder, name, asked = sys.argv[1:]
    empty = memory()
    if kind == "vectors":
        answer = _of_vectors(Path(folder), name)
    else:
        answer = _of_texts(Path(folder), int(name), int(asked))
    gc.collect()
    print("open", flush=True)
    sys.stdin.readline()
    print(json.dumps(answer()), flush=True)
    sys.stdin.readline()
    gc.collect()
    print(json.dumps([now - before for now, before in zip(memory(), empty, strict=True)]))


def memory() -> tuple[float, float]:
    """MB (10^6 bytes) resident in this process: all of them, and with shared pages divided."""
    found: dict[str, float] = {}
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, size, *_ = line.split()
        found[name] = int(size) * 1024 / 1e6
    return found["Rss:"], found["Pss:"]


def _clocks() -> Spent:
    return time.perf_counter(), time.process_time()


def _since(started: Spent) -> Spent:
    """Milliseconds on both clocks."""
    wall, cpu = _clocks()
    return 1000 * (wall - started[0]), 1000 * (cpu - started[1])


def _of_vectors(folder: Path, name: str) -> Callable[[], Answer]:
    search = opened(name, folder)
    asked, true = np.load(folder / "asked.npy"), np.load(folder / "true.npy")

    def answer() -> Answer:
        for vector in asked[:_WARM]:
            search(vector)
        spent: list[Spent] = []
        found = 0
        for vector, wanted in zip(asked, true, strict=True):
            started = _clocks()
            places = search(vector)
            spent.append(_since(started))
            found += len(set(places) & set(wanted.tolist()))
        return {"spent": {"search": spent}, "recall": found / true.size}

    return answer


def _of_texts(folder: Path, size: int, asked: int) -> Callable[[], Answer]:
    async def opening() -> Snapshot:
        async with SqliteStore.open(folder / BOOK, create=False) as store:
            return await open_snapshot(store)

    async def recalling(problems: Sequence[Problem]) -> Answer:
        found: dict[str, list[Spent]] = {}
        for way in WAYS:
            for problem in problems[:_WARM]:
                await snapshot.recall(problem, query(way))
            found[way] = []
            for problem in problems:
                started = _clocks()
                await snapshot.recall(problem, query(way))
                found[way].append(_since(started))
        return {"spent": found, "recall": await recall(problems)}

    async def recall(problems: Sequence[Problem]) -> float:
        vectors = table(await HashedWords()([problem.text for problem in problems]))
        rows = snapshot.vectors.rows
        found = 0.0
        for vector, wanted in zip(vectors, nearest(rows, vectors, MOST), strict=True):
            # Of equal cosines any will do.
            least = float(rows[wanted[-1]].astype(np.float32) @ vector)
            products = rows[snapshot.vectors.nearest(vector, MOST)].astype(np.float32) @ vector
            found += np.count_nonzero(products >= least) / MOST
        return found / len(vectors)

    snapshot = asyncio.run(opening())
    problems = Texts(size).problems(asked)
    return lambda: asyncio.run(recalling(problems))


if __name__ == "__main__":
    main()
