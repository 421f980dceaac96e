"""Puts the results where they are read: the run folder, and docs/handbook-figures.md."""

from pathlib import Path

from recipes_on_abacus.publishing import with_results

from handbook_on_abacus.results import Report
from handbook_on_abacus.tables import page

PAGE, DATA = "handbook-figures.md", "data/handbook.json"


def write_report(report: Report, out: Path) -> None:
    """`results.json` and `results.md`, in the run folder."""
    _write(out / "results.json", as_json(report))
    _write(out / "results.md", page(report) + "\n")


def write_docs(report: Report, docs: Path) -> None:
    """The committed copy of the results, and the page made of it."""
    _write(docs / DATA, as_json(report))
    path = docs / PAGE
    _write(path, with_results(path.read_text(encoding="utf-8"), page(report), PAGE))


def as_json(report: Report) -> str:
    """The text of a results file."""
    return report.model_dump_json(indent=1) + "\n"


def read_report(path: Path) -> Report | None:
    """The results in a file, if there is one."""
    return Report.model_validate_json(path.read_bytes()) if path.exists() else None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
