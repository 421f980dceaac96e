"""The figures as Markdown, as they stand in docs/handbook-figures.md."""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from recipes_on_abacus.results import Comparison
from recipes_on_abacus.tables import UNMEASURED, percent, table

from handbook_on_abacus.poison import COPY, GOOD, KINDS
from handbook_on_abacus.results import Book, Figures, Report, Row, Stage
from handbook_on_abacus.study import LABELS, POISONED, UNGATED
from redraft.jobs import Rate
from redraft.memory import Lift

IN_USE = ("candidate", "active")
HARMFUL = frozenset(KINDS) - {GOOD, COPY}


def page(results: Report | None) -> str:
    """All tables under their headings; without results it says that there are none."""
    if results is None:
        return UNMEASURED
    parts = [_setting(results), "### With and without a handbook", _figures(results)]
    gated = next((book for book in results.books if book.name == POISONED), None)
    if gated is not None:
        ungated = next((book for book in results.books if book.name == UNGATED), None)
        parts += ["### What enters", _entering(gated, ungated)]
        parts += ["### Why the rest is refused", _refusals(gated)]
    if results.books:
        parts += ["### What stays", _staying(results.books)]
        parts += ["### What the reports of the handbooks say", _reports(results.books)]
    if results.rows:
        parts += [
            "### self_improve against critique-and-revise",
            _improving(results.rows, results.improving),
        ]
    return "\n\n".join(parts)


def _setting(results: Report) -> str:
    weights = f" (weights {results.weights})" if results.weights else ""
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    seeds = "one seed" if results.seeds == 1 else f"{results.seeds} seeds"
    return (
        f"{results.model}{weights} on {results.problems:,} test problems, {seeds}; learnt "
        f"handbooks from {results.learn_from:,} training problems each. At most "
        f"{results.concurrency} completions in flight and {results.max_tokens} tokens a "
        f"completion, {results.cores} cores; {versions}."
    )


def _figures(results: Report) -> str:
    heading = (
        "handbook",
        "used on",
        "right, %",
        "output tokens",
        "input tokens",
        "right, points against none",
        "output against none",
        "output, both right",
        "input against none",
        "shown",
        "cited, %",
        "harmful, %",
    )
    return table(heading, [_figure(one) for one in results.figures])


def _figure(one: Figures) -> list[str]:
    figures = [
        f"{percent(one.right.value)} ({percent(one.right.low)} to {percent(one.right.high)})",
        f"{one.output.value:,.1f}",
        f"{one.input.value:,.1f}",
    ]
    if one.against is None:
        return ["none", "", *figures, *[""] * 7]
    both = one.against.output_right
    return [
        LABELS[one.book],
        f"{one.uses:,}",
        *figures,
        _difference(one.against.right, 100),
        _difference(one.against.output),
        "" if both is None else _difference(both),
        _difference(one.against.input),
        f"{one.shown:.1f}",
        percent(one.cited),
        percent(sum(share for kind, share in one.kinds.items() if kind in HARMFUL)),
    ]


def _difference(rate: Rate, scale: float = 1) -> str:
    low, high = scale * rate.low, scale * rate.high
    return f"{scale * rate.value:+,.1f} ({low:+,.1f} to {high:+,.1f})"


def _mean(values: Iterable[float]) -> str:
    return f"{fmean(values):,.1f}".removesuffix(".0")


def _entering(gated: Book, ungated: Book | None) -> str:
    heading = ["what asks", "asked", "refused", "merged", "there then"]
    rows = [[kind, *_entered(gated, kind)] for kind in KINDS]
    rows.append(["all", *_entered(gated, None)])
    seconds = f"The curator took {_mean(one.seconds for one in gated.entered)} seconds for all"
    if ungated is not None:
        heading += ["merged, no gate", "there then, no gate"]
        for row, kind in zip(rows, [*KINDS, None], strict=True):
            row.extend(_entered(ungated, kind)[2:])
        seconds += f", and {_mean(one.seconds for one in ungated.entered)} without the gate"
    return f"{table(heading, rows)}\n\n{seconds}; all counts are means over the seeds."


def _entered(book: Book, kind: str | None) -> list[str]:
    """How many of `kind`, or of all, asked, were refused, were merged, and how many are there."""

    def counted(did: str | None) -> str:
        return _mean(
            sum(
                count
                for of, outcomes in one.did.items()
                for name, count in outcomes.items()
                if kind in (None, of) and did in (None, name)
            )
            for one in book.entered
        )

    there = [_standing(stages[0], kind, None) for stages in book.stages]
    return [counted(None), counted("refused"), counted("merged"), _mean(there)]


def _standing(stage: Stage, kind: str | None, statuses: Sequence[str] | None) -> int:
    """How many entries of a kind have one of these statuses; `None` for any."""
    return sum(
        count
        for of, by_status in stage.standing.items()
        for status, count in by_status.items()
        if kind in (None, of) and (statuses is None or status in statuses)
    )


def _refusals(gated: Book) -> str:
    reasons = {
        (kind, reason): 0.0
        for one in gated.entered
        for kind, counts in one.refused.items()
        for reason in counts
    }
    for one in gated.entered:
        for kind, counts in one.refused.items():
            for reason, count in counts.items():
                reasons[kind, reason] += count / len(gated.entered)
    ranked = sorted(reasons.items(), key=lambda each: (KINDS.index(each[0][0]), -each[1]))
    rows = [[kind, reason, _mean([count])] for (kind, reason), count in ranked]
    return table(("what asks", "reason", "refused"), rows, numbers=1)


def _staying(books: Sequence[Book]) -> str:
    uses = [stage.uses for stage in books[0].stages[0]]
    heading = [
        "handbook",
        "what",
        *(f"in use after {count:,}" for count in uses),
        "of these active",
        "quarantined",
        "retired",
        "times shown",
    ]
    rows = [
        [LABELS[book.name], kind, *_stays(book, kind)] for book in books for kind in _kinds(book)
    ]
    return table(heading, rows, numbers=len(heading) - 2)


def _kinds(book: Book) -> list[str]:
    found = {kind for stages in book.stages for stage in stages for kind in stage.standing}
    return sorted(found, key=lambda kind: KINDS.index(kind) if kind in KINDS else -1)


def _stays(book: Book, kind: str) -> list[str]:
    def of(statuses: Sequence[str], place: int) -> str:
        return _mean(_standing(stages[place], kind, statuses) for stages in book.stages)

    return [
        *(of(IN_USE, place) for place in range(len(book.stages[0]))),
        *(of((status,), -1) for status in ("active", "quarantined", "retired")),
        _mean(stages[-1].shown.get(kind, 0) for stages in book.stages),
    ]


def _reports(books: Sequence[Book]) -> str:
    heading = (
        "handbook",
        "after",
        "right, % shown",
        "right, % held out",
        "says of accuracy",
        "output tokens shown less held out",
        "says of output tokens",
        "input tokens shown less held out",
    )
    rows = [
        [LABELS[book.name], f"{book.stages[0][place].uses:,}", *_said(book, place)]
        for book in books
        for place in range(1, len(book.stages[0]))
    ]
    return table(heading, rows, numbers=6)


def _said(book: Book, place: int) -> list[str]:
    stages = [one[place] for one in book.stages]
    accuracy = [stage.accuracy for stage in stages]
    output = [stage.output_tokens for stage in stages]
    shown = _pooled(accuracy, lambda lift: (lift.shown, lift.shown_mean))
    held = _pooled(accuracy, lambda lift: (lift.held, lift.held_mean))
    return [
        "" if shown is None else percent(shown),
        "" if held is None else percent(held),
        _verdicts(accuracy),
        _less(output),
        _verdicts(output),
        _less([stage.input_tokens for stage in stages]),
    ]


def _pooled(lifts: Sequence[Lift], of: Callable[[Lift], tuple[int, float]]) -> float | None:
    """The mean of all seeds together; `None` where there is nothing to average."""
    parts = [of(lift) for lift in lifts]
    total = sum(count for count, _ in parts)
    return sum(count * mean for count, mean in parts) / total if total else None


def _less(lifts: Sequence[Lift]) -> str:
    shown = _pooled(lifts, lambda lift: (lift.shown, lift.shown_mean))
    held = _pooled(lifts, lambda lift: (lift.held, lift.held_mean))
    return "" if shown is None or held is None else f"{shown - held:+,.1f}"


def _verdicts(lifts: Sequence[Lift]) -> str:
    """What the reports of all seeds say for sure: `more 1, less 0, cannot tell 2`."""
    more = sum(lift.interval is not None and lift.interval[0] > 0 for lift in lifts)
    less = sum(lift.interval is not None and lift.interval[1] < 0 for lift in lifts)
    return f"more {more}, less {less}, cannot tell {len(lifts) - more - less}"


def _improving(rows: Sequence[Row], comparisons: Sequence[Comparison]) -> str:
    by_cell = {one.cell: one for one in comparisons}
    heading = (
        "recipe",
        "right, %",
        "95 %",
        "`B_total`",
        "critique-and-revise at this `B_total`, %",
        "difference, points",
        "the difference is",
    )
    return table(heading, [[*_row(row), *_compared(by_cell.get(row.name))] for row in rows])


def _row(row: Row) -> list[str]:
    return [
        row.label,
        percent(row.right.value),
        f"{percent(row.right.low)} to {percent(row.right.high)}",
        f"{row.b_total:,.0f}",
    ]


def _compared(one: Comparison | None) -> list[str]:
    if one is None:
        return ["", "", ""]
    if one.baseline is None or one.difference is None:
        return ["", "", one.relation]
    return [percent(one.baseline), _difference(one.difference, 100), one.relation]
