r"""Decides about two math answers in this process whenever that takes microseconds.

Numbers, text, times of day, and lists of these are compared exactly; an answer that restates the
problem (`5!`, `\int_0^2 4\,dx`, `12 \cdot 5`) is no answer. The rest is left to a worker.
"""

import re

from redraft.tools.forms import same_form
from redraft.tools.normal import key, plain, wordy
from redraft.tools.numbers import read_number, same_number
from redraft.tools.pool import Comparison

MOST_CHARACTERS = 1000
_TIME = re.compile(
    r"([01]?[0-9]|2[0-4])(?::([0-5][0-9]))?\s*(?:o'clock)?\s*(?:([ap])\.?\s*(?:m\.?)?\.?)?",
    re.IGNORECASE,
)
_UNEVALUATED = (
    (re.compile(r"\\(?:int|sum|prod|lim|det|gcd|lcm)(?![A-Za-z])"), "an unevaluated operator"),
    (re.compile(r"[0-9A-Za-z)\]}]\s*!(?!=)"), "an unevaluated factorial"),
    (re.compile(r"\\[dt]?binom(?![A-Za-z])"), "an unevaluated binomial"),
)
_ARITHMETIC = re.compile(r"[-0-9.,\s()+*/]|\\(?:times|cdot|div)(?![A-Za-z])")
_OPERATOR = re.compile(r"[0-9)]\s*(?:[-+*]|\\times|\\cdot|\\div)")


def decide(gold: str, answer: str) -> Comparison | None:
    """The comparison, or `None` when it takes algebra. `gold` and `answer` as they were given."""
    if gold == answer:
        return ("passed", "")
    left, right = read_number(gold), read_number(answer)
    if left is not None and right is not None:
        return ("passed" if same_number(left, right) else "failed", "")
    if max(len(gold), len(answer)) <= MOST_CHARACTERS:
        gold, answer = plain(gold), plain(answer)
    if max(len(gold), len(answer)) > MOST_CHARACTERS:
        return ("unknown", f"longer than {MOST_CHARACTERS} characters")
    return _decide_plain(gold, answer)


def _decide_plain(gold: str, answer: str) -> Comparison | None:
    if not answer:
        return ("failed", "the answer is empty")
    if key(gold) == key(answer):
        return ("passed", "")
    reason = _restates(gold, answer)
    if reason:
        return ("failed", f"the answer holds {reason}")
    same = same_form(gold, answer, _same_quickly)
    return None if same is None else ("passed" if same else "failed", "")


def _restates(gold: str, answer: str) -> str:
    for pattern, reason in _UNEVALUATED:
        if pattern.search(answer) and not pattern.search(gold):
            return reason
    if read_number(gold) is None or read_number(answer) is not None:
        return ""
    bare = not _ARITHMETIC.sub("", answer)
    return "unevaluated arithmetic" if bare and _OPERATOR.search(answer) else ""


def _same_quickly(gold: str, answer: str) -> bool | None:
    left, right = read_number(gold), read_number(answer)
    if left is not None and right is not None:
        return same_number(left, right)
    if key(gold) == key(answer):
        return True
    early, late = _time(gold), _time(answer)
    if early is not None and late is not None:
        return _same_time(early, late)
    if wordy(gold) or wordy(answer):
        return False
    return None


def _time(text: str) -> tuple[int, bool] | None:
    """Minutes since midnight, and whether the half of the day is known."""
    found = _TIME.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    hour, half = int(found[1]), (found[3] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour * 60 + int(found[2] or 0), bool(half) or hour > 12)


def _same_time(left: tuple[int, bool], right: tuple[int, bool]) -> bool:
    if left[1] == right[1]:
        return left[0] == right[0]
    return left[0] % 720 == right[0] % 720
