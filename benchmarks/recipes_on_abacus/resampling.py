"""Intervals by resampling problems: the seeds of one problem are no independent trials."""

import random
from collections.abc import Sequence
from statistics import fmean

RESAMPLES = 2000


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean of `values`, one value for each problem.

    The same values give the same interval. Where all are equal, it is that value alone.
    """
    if len(set(values)) < 2:
        return fmean(values), fmean(values)
    rng = random.Random(0)
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    edge = round(RESAMPLES * 0.025)
    return means[edge], means[-1 - edge]
