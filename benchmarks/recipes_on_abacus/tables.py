"""The results as Markdown, as they stand in docs/abacus.md."""

from collections.abc import Sequence

from recipes_on_abacus.cells import CURVES, SINGLE
from recipes_on_abacus.results import Axis, CellResult, Comparison, Judge, Report, Score

AXES: Sequence[tuple[Axis, str]] = (("b_total", "B_total"), ("b_seq", "B_seq"))
UNMEASURED = "Not measured yet."


def page(results: Report | None, images: str) -> str:
    """All tables under their headings; `images` is the folder of the plots, as the page links it.

    Without results it says that there are none.
    """
    if results is None:
        return UNMEASURED
    parts = [_setting(results), *(_plot(name, images) for _, name in AXES), _cells(results)]
    for axis, name in AXES:
        parts += [f"### At the same {name}", _equal(results, axis, name)]
    if results.critic is not None:
        parts += ["### The critic", _judge(results.critic), _scores(results.critic.scores)]
    if results.verifier is not None:
        parts += ["### The verifier", _judge(results.verifier), _scores(results.verifier.scores)]
    return "\n\n".join(parts)


def _setting(results: Report) -> str:
    weights = f" (weights {results.weights})" if results.weights else ""
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    seeds = "one seed" if results.seeds == 1 else f"{results.seeds} seeds"
    return (
        f"{results.model}{weights} on {results.problems:,} problems, {seeds}, at most "
        f"{results.concurrency} completions in flight and {results.max_tokens} tokens a "
        f"completion, {results.cores} cores; {versions}."
    )


def _plot(name: str, images: str) -> str:
    return f"![Accuracy against {name}]({images}/abacus-{name.lower().replace('_', '-')}.svg)"


def table(
    heading: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: int | None = None
) -> str:
    """A table whose last columns are `numbers`, all but the first by default."""
    right = len(heading) - 1 if numbers is None else numbers
    marks = [*["---"] * (len(heading) - right), *["---:"] * right]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heading, marks, *rows))


def percent(share: float, *, signed: bool = False) -> str:
    """A share as a number of percent with one decimal place."""
    return f"{100 * share:{'+' if signed else ''}.1f}"


def _cells(results: Report) -> str:
    heading = (
        "recipe",
        "right, %",
        "95 %",
        "`B_total`",
        "`B_seq`",
        "seconds",
        "problems/s",
        "right to wrong, %",
        "wrong to right, %",
        "failures",
    )
    return table(heading, [_cell(cell, results.problems) for cell in results.cells])


def _cell(cell: CellResult, problems: int) -> list[str]:
    timed = cell.seconds is not None and cell.seconds > 0
    return [
        f"{cell.label} (sees gold answers)" if cell.oracle else cell.label,
        percent(cell.accuracy.value),
        f"{percent(cell.accuracy.low)} to {percent(cell.accuracy.high)}",
        f"{cell.b_total:,.0f}",
        f"{cell.b_seq:,.0f}",
        f"{cell.seconds:,.0f}" if cell.seconds is not None else "interrupted",
        f"{problems / cell.seconds:.1f}" if cell.seconds and timed else "",
        "" if cell.name == SINGLE else percent(cell.right_to_wrong / cell.runs),
        "" if cell.name == SINGLE else percent(cell.wrong_to_right / cell.runs),
        ", ".join(f"{count} {kind}" for kind, count in sorted(cell.failures.items())) or "0",
    ]


def _equal(results: Report, axis: Axis, name: str) -> str:
    by_pair = {(one.cell, one.curve): one for one in results.comparisons if one.axis == axis}
    compared = [cell for cell in results.cells if any((cell.name, c) in by_pair for c in CURVES)]
    rows = [
        [
            cell.label,
            f"{getattr(cell, axis):,.0f}",
            percent(cell.accuracy.value),
            *(_comparison(by_pair.get((cell.name, curve))) for curve in CURVES),
        ]
        for cell in compared
    ]
    measured = ["*measured range*", "", "", *(_range(results, curve, axis) for curve in CURVES)]
    return table(("recipe", f"`{name}`", "right, %", *CURVES), [measured, *rows])


def _comparison(one: Comparison | None) -> str:
    if one is None:
        return ""
    if one.baseline is None or one.difference is None:
        return one.relation
    return f"{percent(one.baseline)} ({percent(one.difference.value, signed=True)}, {one.relation})"


def _range(results: Report, curve: str, axis: Axis) -> str:
    ends = [
        getattr(cell, axis) for cell in results.cells if cell.name == SINGLE or cell.curve == curve
    ]
    return f"{min(ends):,.0f} to {max(ends):,.0f}" if ends else ""


def _judge(judge: Judge) -> str:
    rows = [[name, *map(str, counts)] for name, counts in judge.rows.items()]
    return table(("first drafts", *judge.columns), rows)


def _scores(scores: Sequence[Score]) -> str:
    return table(
        ("it says that", "precision, %", "recall, %", "said", "true", "both"),
        [
            [
                score.claim,
                "" if score.precision is None else percent(score.precision),
                "" if score.recall is None else percent(score.recall),
                *map(str, (score.said, score.true, score.hit)),
            ]
            for score in scores
        ],
    )
