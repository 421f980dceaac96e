"""What behaviors are worth: lifts with intervals, and a report."""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist, fmean

from redraft.core import Value
from redraft.memory.entry import Entry, Status, Use
from redraft.memory.uses import by_name, current

LEAST = 10
"""How many problems each side of a comparison needs before an interval is given (ours)."""

_MOST_NAMED = 5
# Where nothing was held out yet, a share to reckon with: the default of the recipes.
_USUAL_SHARE = 0.1


class Lift(Value):
    """What showing did to a figure: the mean where shown, less the mean where held out.

    `shown` and `held` count problems; a mean is 0 where its side is empty. A share of right
    answers lies in [0, 1], other figures are tokens per problem. `interval` is that of the
    difference at the confidence `level`, `None` with fewer than `LEAST` problems on either side.
    """

    shown: int
    held: int
    shown_mean: float
    held_mean: float
    interval: tuple[float, float] | None = None
    level: float = 0.95

    @property
    def difference(self) -> float | None:
        """Shown less held, in the figure's own unit; `None` where a side is empty."""
        return self.shown_mean - self.held_mean if self.shown and self.held else None

    @property
    def percent(self) -> float | None:
        """The difference in percent of the held mean, where that can be said."""
        if self.difference is None or not self.held_mean:
            return None
        return 100 * self.difference / self.held_mean

    @property
    def tells(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


class Worth(Value):
    """What one behavior was worth so far; `shown` and `cited` count its uses."""

    name: str
    status: Status
    accuracy: Lift
    output_tokens: Lift
    shown: int
    cited: int


class Report(Value):
    """A handbook in figures: its lift as a whole and the entries that stand out.

    `measured` entries have an interval of accuracy. The `best` of them are above 0, those with the
    highest lower bound first; the `worst` are below 0, those with the lowest upper bound first.
    `shown` counts behaviors shown, over all problems, and `cited` those of them that were cited.
    """

    accuracy: Lift
    output_tokens: Lift
    input_tokens: Lift
    measured: int
    best: tuple[Worth, ...]
    worst: tuple[Worth, ...]
    statuses: dict[Status, int]
    shown: int
    cited: int


def lift_of(uses: Sequence[Use], level: float = 0.95) -> tuple[Lift, Lift]:
    """What one behavior did to accuracy and to output tokens, from all of its `uses`.

    `level` is the confidence of the intervals. Problems for which every behavior was held say
    nothing about a single one: they are left out.
    """
    single = [use for use in uses if not use.all_held]
    accuracy, output, _ = _lifts(single, level)
    return accuracy, output


def lift_of_all(uses: Sequence[Use], level: float = 0.95) -> tuple[Lift, Lift, Lift]:
    """What behaviors together did to accuracy, output tokens and input tokens, from all `uses`.

    Problems with at least one of them shown are compared with those for which all were held,
    and each problem of each run counts once.
    """
    once: dict[tuple[str, str], Use] = {}
    for use in uses:
        if use.shown or use.all_held:
            once.setdefault((use.run, use.problem), use)
    return _lifts(list(once.values()), level)


def _lifts(uses: list[Use], level: float) -> tuple[Lift, Lift, Lift]:
    shown, held = [use for use in uses if use.shown], [use for use in uses if not use.shown]
    return (
        _accuracy([use.correct for use in shown], [use.correct for use in held], level),
        _tokens([use.output_tokens for use in shown], [use.output_tokens for use in held], level),
        _tokens([use.input_tokens for use in shown], [use.input_tokens for use in held], level),
    )


def _accuracy(shown: list[bool], held: list[bool], level: float) -> Lift:
    counts = sum(shown), len(shown), sum(held), len(held)
    return Lift(
        shown=len(shown),
        held=len(held),
        shown_mean=sum(shown) / len(shown) if shown else 0.0,
        held_mean=sum(held) / len(held) if held else 0.0,
        interval=rates_apart(*counts, level=level) if _enough(shown, held) else None,
        level=level,
    )


def _tokens(shown: list[int], held: list[int], level: float) -> Lift:
    return Lift(
        shown=len(shown),
        held=len(held),
        shown_mean=fmean(shown) if shown else 0.0,
        held_mean=fmean(held) if held else 0.0,
        interval=means_apart(shown, held, level=level) if _enough(shown, held) else None,
        level=level,
    )


def _enough(shown: Sequence[int], held: Sequence[int]) -> bool:
    return min(len(shown), len(held)) >= LEAST


def rates_apart(
    right: int, of: int, right2: int, of2: int, *, level: float = 0.95
) -> tuple[float, float]:
    """The interval of `right / of - right2 / of2`; `of` and `of2` > 0.

    Newcombe's hybrid score interval (1998, Statistics in Medicine 17:873, method 10).
    """
    rate, rate2, z = right / of, right2 / of2, _deviations(level)
    (low, high), (low2, high2) = _wilson(rate, of, z), _wilson(rate2, of2, z)
    difference = rate - rate2
    below, above = math.hypot(rate - low, high2 - rate2), math.hypot(high - rate, rate2 - low2)
    return difference - below, difference + above


def _wilson(rate: float, of: int, z: float) -> tuple[float, float]:
    centre = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return centre - half, centre + half


def _deviations(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def means_apart(
    values: Sequence[int], values2: Sequence[int], *, level: float = 0.95
) -> tuple[float, float]:
    """The interval of the first mean less the second; at least `LEAST` values each.

    Unequal variances (Welch 1947, Biometrika 34:28); Student's quantile by its expansion about the
    normal one (Abramowitz and Stegun 26.7.5), to 1 % from 9 degrees of freedom on.
    """
    mean, mean2 = fmean(values), fmean(values2)
    error, error2 = _squared_error(values, mean), _squared_error(values2, mean2)
    # One over the degrees of freedom, by Welch and Satterthwaite.
    small = error**2 / (len(values) - 1) + error2**2 / (len(values2) - 1)
    small /= (error + error2) ** 2 or 1.0
    z = _deviations(level)
    student = z + (z**3 + z) / 4 * small + (5 * z**5 + 16 * z**3 + 3 * z) / 96 * small**2
    half = student * math.sqrt(error + error2)
    return mean - mean2 - half, mean - mean2 + half


def _squared_error(values: Sequence[int], mean: float) -> float:
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)


def problems_needed(lift: Lift, difference: float = 0.05) -> int:
    """About how many problems in all show a `difference` in accuracy with a chance of 80 %.

    With p right and a share h held out: 8 p (1 - p) (1 / h + 1 / (1 - h)) / difference^2, which is
    Lehr's 16 s^2 / d^2 a side (1992, Statistics in Medicine 11:1099) for sides that are not alike.
    A rule of thumb: p and h are those seen so far, and p is taken into [0.05, 0.95].
    """
    p, h = _rate_and_share(lift)
    return math.ceil(8 * p * (1 - p) * (1 / h + 1 / (1 - h)) / difference**2)


def _rate_and_share(lift: Lift) -> tuple[float, float]:
    of = lift.shown + lift.held
    rate = (lift.shown * lift.shown_mean + lift.held * lift.held_mean) / of if of else 0.5
    share = lift.held / of if lift.shown and lift.held else _USUAL_SHARE
    return min(max(rate, 0.05), 0.95), share


def report(entries: Sequence[Entry], uses: Sequence[Use]) -> Report:
    """The figures of a handbook with these `entries`, after these `uses`.

    Those of one behavior come from uses of what it says now (see `current`).
    """
    accuracy, output, input_ = lift_of_all(uses)
    named = by_name(current(entries, uses))
    worths = [_worth(entry, named.get(entry.name, [])) for entry in entries]
    measured = [
        (worth, worth.accuracy.interval) for worth in worths if worth.accuracy.interval is not None
    ]
    best = sorted(measured, key=lambda pair: -pair[1][0])
    worst = sorted(measured, key=lambda pair: pair[1][1])
    return Report(
        accuracy=accuracy,
        output_tokens=output,
        input_tokens=input_,
        measured=len(measured),
        best=tuple(w for w, _ in best if (w.accuracy.difference or 0) > 0)[:_MOST_NAMED],
        worst=tuple(w for w, _ in worst if (w.accuracy.difference or 0) < 0)[:_MOST_NAMED],
        statuses=dict(Counter(entry.status for entry in entries)),
        shown=sum(use.shown for use in uses),
        cited=sum(use.shown and use.cited for use in uses),
    )


def _worth(entry: Entry, uses: list[Use]) -> Worth:
    accuracy, output = lift_of(uses)
    return Worth(
        name=entry.name,
        status=entry.status,
        accuracy=accuracy,
        output_tokens=output,
        shown=sum(use.shown for use in uses),
        cited=sum(use.shown and use.cited for use in uses),
    )


def lines(report: Report) -> list[str]:
    """`report` as plain text for a terminal, a line each; says so where the data do not tell."""
    counts = ", ".join(f"{count:,} {status}" for status, count in sorted(report.statuses.items()))
    share = f"{100 * report.cited / report.shown:.0f} %" if report.shown else "none"
    return [
        f"Behaviors: {counts or 'none'}; shown {report.shown:,} times, {share} of them cited",
        f"Accuracy: {accuracy_in_words(report.accuracy)}; {_says(report.accuracy)}",
        *_advice(report.accuracy),
        f"Output tokens: {tokens_in_words(report.output_tokens)}; {_says(report.output_tokens)}",
        f"Input tokens: {tokens_in_words(report.input_tokens)}; {_says(report.input_tokens)}",
        *_named("Best", report.best),
        *_named("Worst", report.worst),
        *_caution(report.measured),
    ]


def accuracy_in_words(lift: Lift) -> str:
    """Rates, counts and the difference in points with its interval, without a full stop."""
    shown = f"{100 * lift.shown_mean:.1f} % right of {lift.shown:,} shown"
    held = f"{100 * lift.held_mean:.1f} % of {lift.held:,} held out"
    if lift.difference is None:
        return f"nothing to compare ({lift.shown:,} shown, {lift.held:,} held out)"
    return f"{shown}, {held}: {100 * lift.difference:+.1f} points{_interval(lift, 100)}"


def tokens_in_words(lift: Lift) -> str:
    """Means, counts and the difference in tokens with its interval, without a full stop."""
    if lift.difference is None:
        return f"nothing to compare ({lift.shown:,} shown, {lift.held:,} held out)"
    percent = "" if lift.percent is None else f", that is {lift.percent:+.1f} %"
    return (
        f"{lift.shown_mean:,.1f} on average of {lift.shown:,} shown, {lift.held_mean:,.1f} of "
        f"{lift.held:,} held out: {lift.difference:+,.1f} tokens{_interval(lift, 1)}{percent}"
    )


def _interval(lift: Lift, scale: float) -> str:
    if lift.interval is None:
        return ""
    low, high = lift.interval
    return f" ({100 * lift.level:g} % interval {scale * low:+,.1f} to {scale * high:+,.1f})"


def _says(lift: Lift) -> str:
    if lift.interval is None:
        return f"the data do not tell: {LEAST} problems are needed on either side"
    if not lift.tells:
        return "the data do not tell: the interval holds 0"
    return "more than without, for sure" if lift.interval[0] > 0 else "less than without, for sure"


def _advice(lift: Lift) -> list[str]:
    if lift.tells:
        return []
    (p, h), needed = _rate_and_share(lift), problems_needed(lift)
    more = needed - lift.shown - lift.held
    wanted = (
        f"about {more:,} more problems ({needed:,} in all)"
        if more > 0
        else f"about {needed:,} problems, and there are more: the difference is likely smaller"
    )
    return [
        f"  To see a difference of 5 points takes {wanted}.",
        "  Rule of thumb: 8 p (1 - p) (1 / h + 1 / (1 - h)) / 0.05^2 problems for a chance of "
        f"80 %, with p = {p:.2f} right and a share of h = {h:.2f} held out.",
    ]


def _named(title: str, worths: Sequence[Worth]) -> list[str]:
    return [
        f"{title}: {worth.name} ({worth.status}): {accuracy_in_words(worth.accuracy)}; output "
        f"tokens {tokens_in_words(worth.output_tokens)}; cited {worth.cited:,} of {worth.shown:,}"
        for worth in worths
    ]


def _caution(measured: int) -> list[str]:
    if not measured:
        return [
            f"No behavior has {LEAST} problems where it was shown and {LEAST} where it was held "
            "out: the data do not tell the best from the worst"
        ]
    return [f"{measured:,} behaviors are measured; by chance alone, 1 interval in 20 leaves out 0"]
