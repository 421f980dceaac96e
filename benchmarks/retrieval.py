"""What finding behaviors costs, by size: latency, recall and memory of each worker process.

Vectors of 384 numbers are searched by Redraft, by numpy and by usearch on the same data, in one
run; then whole handbooks of made-up texts are recalled from. `--write` puts the figures into
docs/retrieval.md. A million vectors take some twenty minutes, and 10 GB of memory and disk each.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from retrieval_at_sizes.contestants import (
    NUMPY,
    REDRAFT,
    USEARCH,
    build,
    open_book,
    write_book,
)
from retrieval_at_sizes.data import Texts, write_vectors
from retrieval_at_sizes.page import page, write_docs
from retrieval_at_sizes.results import HANDBOOK, Built, Latency, Report, Row

ROOT = Path(__file__).parents[1]
_LIBRARIES = ("redraft", "numpy", "usearch")
# As many workers as processors leave none for the threads of a BLAS.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and keep."""
    given = _options(arguments)
    if find_spec("usearch") is None:
        sys.exit("retrieval.py compares with usearch; first type: pip install --group bench")
    given.out.mkdir(parents=True, exist_ok=True)
    report = _nothing(given.asked)
    for row in _measured(given):
        report = report.with_row(row)
        # After each, so that a run that is stopped has not measured in vain.
        text = report.model_dump_json(indent=1) + "\n"
        (given.out / "bench-retrieval.json").write_text(text, encoding="utf-8")
    if given.write:
        write_docs(report, given.docs)
    print(page(report))


def _nothing(asked: int) -> Report:
    return Report(
        python=platform.python_version(),
        cores=os.cpu_count() or 1,
        versions={name: version(name) for name in _LIBRARIES},
        asked=asked,
    )


def _measured(given: argparse.Namespace) -> Iterator[Row | Built]:
    """All sizes, one after the other, each in a folder of its own."""
    if given.scratch is not None:
        given.scratch.mkdir(parents=True, exist_ok=True)
    for sizes, measure in ((given.vectors, _of_vectors), (given.texts, _of_texts)):
        for size in sizes:
            with tempfile.TemporaryDirectory(dir=given.scratch) as name:
                yield from measure(Path(name), size, given)


def _of_vectors(folder: Path, size: int, given: argparse.Namespace) -> Iterator[Row | Built]:
    write_vectors(folder, size, given.asked)
    for name in (NUMPY, USEARCH, REDRAFT):
        _say(f"{size:,} vectors, {name}")
        first = build(name, folder)
        again = build(name, folder) if name == REDRAFT else 0.0
        yield Built(size=size, name=name, first=first, again=again)
        for workers in given.workers:
            yield _row(["vectors", str(folder), name, str(given.asked)], size, name, workers)


def _of_texts(folder: Path, size: int, given: argparse.Namespace) -> Iterator[Row | Built]:
    _say(f"a handbook of {size:,} behaviors")
    asyncio.run(write_book(folder, Texts(size), size))
    first, again = asyncio.run(open_book(folder)), asyncio.run(open_book(folder))
    yield Built(size=size, name=HANDBOOK, first=first, again=again)
    for workers in given.workers:
        command = ["texts", str(folder), str(size), str(given.asked)]
        yield _row(command, size, HANDBOOK, workers)


def _row(command: Sequence[str], size: int, name: str, workers: int) -> Row:
    answers, memory = _worked(command, workers)
    spent = {
        key: np.concatenate([answer["spent"][key] for answer in answers])
        for key in answers[0]["spent"]
    }
    return Row(
        size=size,
        name=name,
        workers=workers,
        latency={
            key: Latency(
                p50=float(np.percentile(each[:, 0], 50)),
                p95=float(np.percentile(each[:, 0], 95)),
                cpu=float(np.median(each[:, 1])),
            )
            for key, each in spent.items()
        },
        recall=answers[0]["recall"],
        resident=sum(each[0] for each in memory) / workers,
        own=sum(each[1] for each in memory) / workers,
    )


def _worked(command: Sequence[str], workers: int) -> tuple[list[dict[str, Any]], list[list[float]]]:
    """What `workers` processes answer that search at the same time, and then their memory."""
    script = [sys.executable, "-m", "retrieval_at_sizes.worker", *command]
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(
                    script,
                    cwd=Path(__file__).parent,
                    env=os.environ | ONE_THREAD,
                    stdin=pipe,
                    stdout=pipe,
                    text=True,
                )
            )
            for _ in range(workers)
        ]
        for process in running:
            assert _line(process) == "open"
        answers, memory = ([json.loads(line) for line in _told(running)] for _ in range(2))
        return answers, memory


def _told(running: Sequence["subprocess.Popen[str]"]) -> list[str]:
    """The next lines of processes, after each was told to go on."""
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [_line(process) for process in running]


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--vectors", type=_numbers, default=[1_000, 100_000, 1_000_000], help="sizes of tables")
    add("--texts", type=_numbers, default=[1_000, 100_000], help="sizes of handbooks")
    add("--workers", type=_numbers, default=[1, 4], help="processes at the same time")
    add("--asked", type=int, default=200, help="searches of each process")
    add("--out", type=Path, default=Path("runs"), help="folder for the JSON")
    add("--scratch", type=Path, default=None, help="folder for tables while they are searched")
    add("--write", action="store_true", help="put the figures into the documents")
    add("--docs", type=Path, default=ROOT / "docs", help="where --write finds them")
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


if __name__ == "__main__":
    main()
