"""The figures of a report: an interval for a rate, pass@k, a vote's outcome, a quantile."""

import math
from collections import Counter
from collections.abc import Sequence

_Z95 = 1.959964


def interval(right: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of the rate `right / of` (Wilson 1927, JASA 22:209); `of` > 0."""
    rate, z2 = right / of, _Z95**2
    centre = (rate + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 * math.sqrt(rate * (1 - rate) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, min(centre - half, rate)), min(1.0, max(centre + half, rate))


def pass_at(k: int, right: int, of: int) -> float:
    """Chance that one of `k` answers drawn out of `of`, `right` of them right, is right.

    The unbiased estimator of Chen et al. 2021 (arXiv 2107.03374, equation 1).
    """
    return 1.0 - math.comb(of - right, k) / math.comb(of, k)


def vote_is_right(answers: Sequence[str | None], correct: Sequence[bool | None]) -> bool:
    """Whether the most frequent answer is right; ties go to the answer that came first.

    All right answers are one answer, whatever their notation; wrong ones are told apart by their
    text, and `None` abstains.
    """
    votes = Counter(
        "" if right else f"={answer}"
        for answer, right in zip(answers, correct, strict=True)
        if answer is not None
    )
    return bool(votes) and votes.most_common(1)[0][0] == ""


def quantile(values: Sequence[int], q: float) -> int:
    """The smallest value that at least a share `q` of `values` does not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)] if ordered else 0
