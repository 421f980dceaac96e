"""The numbers that a text speaks of, however they are written, as exact values without sign."""

import re
from fractions import Fraction

Number = Fraction | str
"""A value; the digits themselves where there are more than 100 of them."""

ANYWHERE = frozenset(map(Fraction, (0, 1, 2, 3, 10, 100))) | {Fraction(1, 2)}
"""Numbers of any procedure: it counts a few cases, squares and cubes, halves, splits digits of
base ten and takes per cent. They say nothing about one problem (the choice is ours)."""

_MOST_DIGITS = 100
_DECIMAL = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|(?<![0-9])\.[0-9]+"
_SHORT = r"[0-9]{1,20}(?:\.[0-9]{1,20})?"
_GROUPED = re.compile(r"(?<=[0-9])(?:\{,\}|\\[,!;:]|['_])(?=[0-9]{3}(?![0-9]))")
_SPACED = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])")
_LATEX_FRACTION = re.compile(
    rf"\\[dtc]?frac\s?(?:\{{\s?({_SHORT})\s?\}}\s?\{{\s?({_SHORT})\s?\}}|([0-9])\s?([0-9]))"
)
_POWER = re.compile(r"(?<=[A-Za-z)\]}])\s?\^\s?(?:[23](?![0-9])|\{\s?[23]\s?\})")
_SCALE = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "dozen": 12}
_SCALES = "|".join(_SCALE)
_NUMBER = re.compile(
    rf"(?P<number>{_DECIMAL})(?:\s?(?P<percent>%|\\%|per ?cent\b)|[ -]?(?P<scale>{_SCALES})s?\b)?",
    re.IGNORECASE,
)
_RATIO = re.compile(
    rf"(?<![0-9.,/])(?:(?P<whole>[0-9]{{1,9}})[ -]{{1,2}})?"
    rf"(?P<top>{_SHORT})\s?/\s?(?P<bottom>{_SHORT})"
)
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {
    **{word: value for value, word in enumerate(_UNITS.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), start=2)},
}
_WORDS = _SMALL | _SCALE
_WORD = "|".join(_WORDS)
# Scales after digits are read with them.
_FIRST_WORD = rf"(?:{'|'.join(_SMALL)}|(?<![0-9][ -])(?:{_SCALES}))"
# No number is written in more words than these.
_SPELLED = re.compile(rf"\b{_FIRST_WORD}\b(?:(?:[ -]| and )(?:{_WORD})\b){{0,15}}", re.IGNORECASE)


def numbers(text: str) -> set[Number]:
    """All numbers of a folded text, signs left out: `3/4` gives 3/4, 3 and 4, `25%` 25 and 1/4.

    Read are digits with their separators and fractions, numbers in words (but not those of
    `ANYWHERE`, which are words of any sentence) and both together (`5 thousand`). A digit of a
    name (`x1`, `a_2`) and a letter's second or third power are no numbers.
    """
    text = _POWER.sub(" ", _LATEX_FRACTION.sub(r" \1\3/\2\4 ", _GROUPED.sub(",", text)))
    return _written(text) | _ratios(text) | _spelled(text)


def value(digits: str) -> Number:
    """What one decimal number is worth; separators of thousands may be in it."""
    digits = digits.replace(",", "").replace(" ", "")
    return Fraction(digits) if len(digits) <= _MOST_DIGITS else digits


def _written(text: str) -> set[Number]:
    found = {value(match[0]) for match in _SPACED.finditer(text)}
    for match in _NUMBER.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if len(match["number"]) == 1 and (before.isalpha() or before == "_"):
            continue
        number = value(match["number"])
        found.add(number)
        if isinstance(number, Fraction) and match["percent"]:
            found.add(number / 100)
        if isinstance(number, Fraction) and match["scale"]:
            found.add(number * _SCALE[match["scale"].lower()])
    return found


def _ratios(text: str) -> set[Number]:
    found: set[Number] = set()
    for match in _RATIO.finditer(text):
        bottom = Fraction(match["bottom"])
        if bottom:
            ratio = Fraction(match["top"]) / bottom
            found |= {ratio, int(match["whole"] or 0) + ratio}
    return found


def _spelled(text: str) -> set[Number]:
    runs = (match[0].lower().replace("-", " ").split() for match in _SPELLED.finditer(text))
    found: set[Number] = {Fraction(number) for run in runs for number in _counted(run)}
    return found - ANYWHERE


def _counted(run: list[str]) -> list[int]:
    """The numbers of a run of number words: `forty eight nine` is 48 and 9."""
    found: list[int] = []
    total = part = 0
    for word in run:
        number = _WORDS.get(word)
        if number is None:
            continue
        if number >= 1000:
            total, part = total + max(part, 1) * number, 0
        elif word in _SCALE:
            part = max(part, 1) * number
        elif part % 100 == 0 or (part % 100 > 10 and part % 10 == 0 and number < 10):
            part += number
        else:
            found.append(total + part)
            total, part = 0, number
    return [*found, total + part]
