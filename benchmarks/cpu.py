"""CPU time of a completion, everything included, as ratios to a raw aiohttp call.

Every contestant is a process of its own and they take turns, several times over, against one
mock server. Only the contestant's own time counts (user and system, all threads).
"""

import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from contestants import CONTESTANTS, N
from figures import Figure, options, present
from problems import write_problems
from server import mock_server

DELAY = 0.05


def main() -> None:
    """Measure, print and keep."""
    given = options(__doc__)
    if find_spec("langchain_openai") is None:
        sys.exit("cpu.py compares with ChatOpenAI; first type: pip install --group bench")
    count, repetitions = (8, 2) if given.tiny else (480, 7)
    with tempfile.TemporaryDirectory() as folder, mock_server(DELAY) as url:
        problems = write_problems(Path(folder) / "problems.jsonl", count)
        spent = measure(url, problems, count, repetitions)
    present("cpu", figures(spent), given.out)


def measure(url: str, problems: Path, count: int, repetitions: int) -> dict[str, list[float]]:
    """CPU milliseconds per completion by contestant, one entry a repetition."""
    spent: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(_process(name, url, problems)) for name in CONTESTANTS
        }
        for _ in range(repetitions + 1):
            for name, process in processes.items():
                completions = count * CONTESTANTS[name].completions
                spent[name].append(1000 * _turn(process) / completions)
    # The first turn imports, compiles and connects.
    return {name: turns[1:] for name, turns in spent.items()}


@contextmanager
def _process(name: str, url: str, problems: Path) -> Generator["subprocess.Popen[str]"]:
    script = Path(__file__).with_name("contestants.py")
    command = [sys.executable, str(script), name, url, str(problems)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        yield process


def _turn(process: "subprocess.Popen[str]") -> float:
    """One pass over the problems; its CPU seconds."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    return float(process.stdout.readline())


def figures(spent: dict[str, list[float]]) -> list[Figure]:
    """Milliseconds by contestant, then ratios to the raw call of the same repetition."""

    def ratio(name: str) -> tuple[float, ...]:
        return tuple(a / b for a, b in zip(spent[name], spent["raw"], strict=True))

    return [
        Figure("raw aiohttp call", tuple(spent["raw"]), "ms"),
        Figure("single, a call", tuple(spent["single"]), "ms"),
        Figure(f"vote n={N}, a completion", tuple(spent["vote"]), "ms"),
        Figure("LangGraph + ChatOpenAI, a call", tuple(spent["langgraph single"]), "ms"),
        Figure(f"LangGraph + ChatOpenAI n={N}, a completion", tuple(spent["langgraph vote"]), "ms"),
        Figure("single / raw", ratio("single"), "x", at_most=11),
        Figure(f"vote n={N} / raw", ratio("vote"), "x", at_most=3.5),
        Figure("LangGraph + ChatOpenAI / raw", ratio("langgraph single"), "x"),
        Figure(f"LangGraph + ChatOpenAI n={N} / raw", ratio("langgraph vote"), "x"),
    ]


if __name__ == "__main__":
    main()
