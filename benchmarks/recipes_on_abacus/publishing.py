"""Puts the results where they are read: the run folder, and docs/abacus.md with its plots."""

from pathlib import Path

from recipes_on_abacus.plotting import plot
from recipes_on_abacus.results import Report
from recipes_on_abacus.tables import AXES, page
from redraft.core import InputError

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
PAGE, DATA, IMAGES = "abacus.md", "data/abacus.json", "images"


def write_report(report: Report, out: Path) -> None:
    """`results.json`, `results.md` and the plots, in the run folder."""
    _write(out / "results.json", as_json(report))
    _write(out / "results.md", page(report, ".") + "\n")
    _write_plots(report, out)


def write_docs(report: Report, docs: Path) -> None:
    """The committed copy of the results, the page made of it, and its plots."""
    _write(docs / DATA, as_json(report))
    path = docs / PAGE
    _write(path, with_results(path.read_text(encoding="utf-8"), page(report, IMAGES)))
    _write_plots(report, docs / IMAGES)


def as_json(report: Report) -> str:
    """The text of a results file."""
    return report.model_dump_json(indent=1) + "\n"


def read_report(path: Path) -> Report | None:
    """The results in a file, if there is one."""
    return Report.model_validate_json(path.read_bytes()) if path.exists() else None


def plots(report: Report) -> dict[str, str]:
    """The plots by file name."""
    return {
        f"abacus-{name.lower().replace('_', '-')}.svg": plot(report, axis, name)
        for axis, name in AXES
    }


def with_results(text: str, made: str, name: str = PAGE) -> str:
    """`text`, the page `name`, with `made` between its marks; raises `InputError` without them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"{name}: no {BEGIN} and {END} to write between")
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def results_in(text: str) -> str:
    """What stands between the marks."""
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def _write_plots(report: Report, folder: Path) -> None:
    for name, text in plots(report).items():
        _write(folder / name, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
