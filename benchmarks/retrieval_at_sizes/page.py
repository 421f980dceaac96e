"""The figures as Markdown, and their place in the documents."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from retrieval_at_sizes.results import Report, Row

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PAGE, DATA = "retrieval.md", "data/retrieval.json"


def write_docs(report: Report, docs: Path) -> None:
    """The committed copy of the figures, and the page made of it."""
    (docs / "data").mkdir(exist_ok=True)
    (docs / DATA).write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    path = docs / PAGE
    path.write_text(with_figures(path.read_text(encoding="utf-8"), page(report)), encoding="utf-8")


def with_figures(text: str, made: str) -> str:
    """`text` with `made` between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def page(report: Report) -> str:
    """All tables."""
    versions = ", ".join(f"{name} {number}" for name, number in sorted(report.versions.items()))
    return "\n\n".join(
        [
            f"Python {report.python}, {report.cores} cores, {versions}; {report.asked} searches of "
            "each process.",
            "**The ten nearest of vectors of 384 numbers**",
            "\n".join(_vectors(report.vectors)),
            "**Recall from a handbook of made-up texts, ms**",
            "\n".join(_texts(report.texts)),
            "**Seconds to make ready, and to open what is there**",
            "\n".join(_built(report)),
        ]
    )


def _vectors(rows: Sequence[Row]) -> Iterator[str]:
    yield (
        "| vectors | | processes | p50, ms | p95, ms | CPU, ms | recall | MB resident | MB each |"
    )
    yield "|---:|---|---:|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        found = row.latency["search"]
        yield (
            f"| {row.size:,} | {row.name} | {row.workers} | {found.p50:.2f} | {found.p95:.2f} "
            f"| {found.cpu:.2f} | {row.recall:.3f} | {row.resident:,.0f} | {row.own:,.0f} |"
        )


def _texts(rows: Sequence[Row]) -> Iterator[str]:
    ways = list(rows[0].latency) if rows else []
    headings = "".join(f" {way}, p50 | p95 | CPU |" for way in ways)
    yield f"| behaviors | processes |{headings} recall | MB resident | MB each |"
    yield "|---:|---:|" + "---:|" * (3 * len(ways) + 3)
    for row in rows:
        spent = (row.latency[way] for way in ways)
        found = "".join(f" {each.p50:.1f} | {each.p95:.1f} | {each.cpu:.1f} |" for each in spent)
        yield (
            f"| {row.size:,} | {row.workers} |{found} {row.recall:.3f} | {row.resident:,.0f} "
            f"| {row.own:,.0f} |"
        )


def _built(report: Report) -> Iterator[str]:
    yield "| size | | first | again |"
    yield "|---:|---|---:|---:|"
    for each in report.built:
        again = f"{each.again:.1f}" if each.again else ""
        yield f"| {each.size:,} | {each.name} | {each.first:.1f} | {again} |"
