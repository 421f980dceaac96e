"""How a benchmark says what it found: figures with their targets, as a table and as JSON."""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

_LIBRARIES = ("redraft", "aiohttp", "langchain-openai", "langgraph", "openai", "pydantic")


@dataclass(frozen=True)
class Figure:
    """A median with its range over repetitions, and the bound that it must keep, if any."""

    name: str
    values: tuple[float, ...]
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median keeps its bound; `None` without one."""
        if self.at_most is None and self.at_least is None:
            return None
        most = self.value if self.at_most is None else self.at_most
        least = self.value if self.at_least is None else self.at_least
        return least <= self.value <= most


@dataclass(frozen=True)
class Options:
    """How large a run is, and where its JSON goes."""

    tiny: bool
    out: Path


def options(description: str | None) -> Options:
    """Options from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tiny", action="store_true", help="only check that it runs")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for the JSON")
    given = parser.parse_args()
    return Options(given.tiny, given.out)


def present(name: str, figures: Sequence[Figure], out: Path) -> None:
    """Print `figures` and write them to `out/bench-NAME.json`."""
    out.mkdir(parents=True, exist_ok=True)
    result = {
        "benchmark": name,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "versions": {
            each.name: each.version for each in distributions() if each.name in _LIBRARIES
        },
        "figures": [asdict(f) | {"value": f.value, "met": f.met} for f in figures],
    }
    (out / f"bench-{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    Console(width=100).print(table(name, figures))


def table(title: str, figures: Sequence[Figure]) -> Table:
    """The figures, one a row."""
    made = Table("figure", title=title, title_justify="left")
    for heading in ("median", "range", "unit", "target", ""):
        made.add_column(heading, justify="right")
    for figure in figures:
        made.add_row(figure.name, *_cells(figure))
    return made


def _cells(figure: Figure) -> tuple[str, ...]:
    low, high = min(figure.values), max(figure.values)
    spread = f"{low:.4g} to {high:.4g}" if len(figure.values) > 1 else ""
    bounds = {"at least": figure.at_least, "at most": figure.at_most}
    target = ", ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)
    verdict = {True: "met", False: "missed", None: ""}[figure.met]
    return f"{figure.value:.4g}", spread, figure.unit, target, verdict
