"""Writes a summary as plain text, for a terminal or a log."""

from collections.abc import Iterator, Mapping

from redraft.core import Usage
from redraft.jobs.report import Rate, Summary


def render(summary: Summary) -> str:
    """The summary as aligned lines of plain text, without colour."""
    lines = [*_head(summary), *_cost(summary), *_learning(summary), *_trouble(summary)]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in lines)


def _head(summary: Summary) -> Iterator[tuple[str, str]]:
    state = "" if summary.complete else " (not all of the file)"
    yield "recipe", summary.recipe + (" (ORACLE: it looked at gold answers)" * summary.oracle)
    yield "problems", f"{summary.problems:,}{state}"
    if summary.accuracy is None:
        yield "accuracy", "unknown: no gold answers"
    else:
        yield "accuracy", f"{_rate(summary.accuracy)}, {summary.correct:,} of {summary.graded:,}"
    if summary.undecided:
        yield "  undecided", f"{summary.undecided:,} (counted as not right)"
    if summary.no_answer:
        yield "no answer", f"{summary.no_answer:,}"
    for k, value in summary.pass_at.items():
        yield f"pass@{k}", f"{value:.1%} of {summary.voted:,}"
    if summary.vote is not None:
        yield "vote", f"{_rate(summary.vote)} of {summary.voted:,}"


def _rate(rate: Rate) -> str:
    return f"{rate.value:.1%} (95 % interval {rate.low:.1%} to {rate.high:.1%})"


def _cost(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "B_seq", f"median {summary.b_seq.median:,}, p95 {summary.b_seq.p95:,} tokens a problem"
    yield (
        "B_total",
        f"median {summary.b_total.median:,}, p95 {summary.b_total.p95:,} tokens a problem",
    )
    yield "calls", f"{summary.calls:,}"
    yield "tokens", _usage(summary.tokens)
    for agent, usage in sorted(summary.usage.items()):
        yield f"  {agent}", _usage(usage)
    yield "time", f"{summary.seconds:,.1f} s, {summary.tokens_per_second:,.0f} output tokens/s"


def _learning(summary: Summary) -> Iterator[tuple[str, str]]:
    learning = summary.learning
    if learning is None:
        return
    at = "" if learning.version is None else f"; handbook at {learning.version}"
    yield "learnt", f"{learning.named:,} behaviors named in {learning.solutions:,} solutions{at}"
    yield "  tokens", f"{_usage(learning.tokens)}, not counted above"
    if learning.left:
        why = learning.trouble or "the run was stopped"
        yield "  left", f"{learning.left:,} problems not learnt from: {why}"


def _usage(usage: Usage) -> str:
    thinking = f" ({usage.reasoning:,} thinking)" if usage.reasoning else ""
    estimated = ", partly estimated" if usage.estimated else ""
    return f"{usage.input:,} in, {usage.output:,} out{thinking}{estimated}"


def _trouble(summary: Summary) -> Iterator[tuple[str, str]]:
    stopped = {name: n for name, n in summary.stopped_by.items() if name != "done"}
    if stopped:
        yield "stopped by", _counts(stopped)
    if summary.failures:
        yield "failures", _counts(summary.failures)
    if summary.counts:
        yield "counts", _counts(summary.counts)
    if summary.skipped:
        yield "skipped", f"{summary.skipped:,} entries"
        for line in summary.skipped_first:
            yield "", line


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items()))
