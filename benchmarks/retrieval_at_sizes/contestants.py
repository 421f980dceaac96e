"""Ways to find what is near, each built once in a folder and then opened by every worker."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redraft.core import Query, Retrieval
from redraft.memory import SqliteStore, open_snapshot
from redraft.memory.index import Vectors
from redraft.memory.vectors import open_vectors
from retrieval_at_sizes.data import LENGTH, MOST, Texts

Search = Callable[[NDArray[np.float32]], Sequence[int]]

NUMPY, USEARCH, REDRAFT = "numpy brute force", "usearch", "Redraft"
WAYS: tuple[Retrieval, ...] = ("hybrid", "embedding", "lexical", "topic")
BOOK = "book.db"
_BATCH = 20_000


class Given:
    """An embedder that knows the vector of each number."""

    name = f"given-{LENGTH}"

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows

    async def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The rows whose numbers `texts` are."""
        return self._rows[[int(text) for text in texts]]


def build(name: str, folder: Path) -> float:
    """Make what `name` needs beside the vectors in `folder`; returns the seconds that it took."""
    rows = np.load(folder / "rows.npy", mmap_mode="r")
    started = time.perf_counter()
    if name == USEARCH:
        index = _usearch()
        for start in range(0, len(rows), _BATCH):
            block = rows[start : start + _BATCH]
            index.add(np.arange(start, start + len(block)), block)
        index.save(folder / "usearch.index")
    elif name == REDRAFT:
        _opened(folder, rows)
    return time.perf_counter() - started


def opened(name: str, folder: Path) -> Search:
    """What finds the ten nearest to a vector."""
    if name == NUMPY:
        table = np.load(folder / "rows.npy")

        def by_numpy(vector: NDArray[np.float32]) -> Sequence[int]:
            products = table @ vector
            best = np.argpartition(-products, MOST)[:MOST]
            return best[np.argsort(-products[best])].tolist()

        return by_numpy
    if name == USEARCH:
        index = _usearch()
        index.view(folder / "usearch.index")
        return lambda vector: index.search(vector, MOST).keys.tolist()
    vectors = _opened(folder, np.load(folder / "rows.npy", mmap_mode="r"))
    return lambda vector: vectors.nearest(vector, MOST)


def _opened(folder: Path, rows: NDArray[np.float32]) -> Vectors:
    texts = [str(number) for number in range(len(rows))]
    return asyncio.run(open_vectors(texts, Given(rows), folder / "cache", "rows"))


def _usearch():
    from usearch.index import Index

    return Index(ndim=LENGTH, metric="cos", dtype="f16")


async def write_book(folder: Path, texts: Texts, size: int) -> None:
    """A handbook of `size` behaviors, without a cache."""
    async with SqliteStore.open(folder / BOOK) as store:
        await store.write(list(texts.entries(size)), read=0)


async def open_book(folder: Path) -> float:
    """Open the handbook; returns the seconds that it took."""
    started = time.perf_counter()
    async with SqliteStore.open(folder / BOOK, create=False) as store:
        await open_snapshot(store)
    return time.perf_counter() - started


def query(way: Retrieval) -> Query:
    """What recipes ask by default, but for the way."""
    return Query(by=way)
