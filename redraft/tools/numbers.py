r"""Reads a plain number and compares it exactly, in microseconds and without sympy.

Integers, decimals, fractions, mixed numbers, repeating decimals, powers of ten, percent, scale
words and units; bounded to 200 characters and to exponents of at most 400.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from redraft.tools.normal import plain

_MOST_CHARACTERS = 200
_MOST_EXPONENT = 400
_INTEGER = re.compile(r"-?[0-9]{1,100}")
_DECIMAL = r"(?=\.?[0-9])(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]*)(?:\.[0-9]*)?"
_GROUP = r"\{\s*(-?[0-9.]+)\s*\}"
_BODY = re.compile(
    rf"""\s*(?P<sign>[+-]?)\s*(?:Rs\.?\s*|[€£¥₹]\s*)?(?P<inner>-?)\s*
    (?:
      (?:(?P<whole>[0-9]+)\s*)?\\frac\s*(?:{_GROUP}\s*{_GROUP}|([0-9])\s*([0-9]))
      |(?:(?P<mixed>[0-9]+)\s+)?(?P<top>{_DECIMAL})\s*/\s*(?P<bottom>[0-9][0-9,]*\.?[0-9]*)
      |(?P<lead>[0-9]*\.[0-9]*)\\overline\s*\{{(?P<period>[0-9]+)\}}
      |(?P<decimal>{_DECIMAL})
       (?:[eE](?P<exponent>[+-]?[0-9]+)
       |\s*(?:\\times|\\cdot|\*|x)\s*10\s*\^\s*\{{?\s*(?P<power>[+-]?[0-9]+)\s*\}}?)?
    )""",
    re.VERBOSE,
)
_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_UNITS = {
    **dict.fromkeys(("cm", "centimeter", "centimetre"), "cm"),
    **dict.fromkeys(("mm", "millimeter", "millimetre"), "mm"),
    **dict.fromkeys(("km", "kilometer", "kilometre"), "km"),
    **dict.fromkeys(("m", "meter", "metre"), "m"),
    **dict.fromkeys(("in", "inch", "inche"), "in"),
    **dict.fromkeys(("ft", "feet", "foot"), "ft"),
    **dict.fromkeys(("yd", "yard"), "yd"),
    **dict.fromkeys(("mi", "mile"), "mi"),
    **dict.fromkeys(("mg", "milligram"), "mg"),
    **dict.fromkeys(("kg", "kilogram"), "kg"),
    **dict.fromkeys(("g", "gram"), "g"),
    **dict.fromkeys(("lb", "pound"), "lb"),
    **dict.fromkeys(("oz", "ounce"), "oz"),
    **dict.fromkeys(("ml", "milliliter", "millilitre"), "ml"),
    **dict.fromkeys(("l", "liter", "litre"), "l"),
    **dict.fromkeys(("s", "sec", "second"), "s"),
    **dict.fromkeys(("min", "minute"), "min"),
    **dict.fromkeys(("h", "hr", "hour"), "h"),
    **dict.fromkeys(("day",), "day"),
    **dict.fromkeys(("week",), "week"),
    **dict.fromkeys(("month",), "month"),
    **dict.fromkeys(("year", "yr"), "year"),
    **dict.fromkeys(("dollar", "buck", "usd"), "dollar"),
    **dict.fromkeys(("cent",), "cent"),
    **dict.fromkeys(("mph",), "mph"),
}
_UNIT = re.compile(r"([A-Za-z][A-Za-z'./ -]{0,60}?)\s*(\^\s*\{?[23]\}?)?")
_BASE = re.compile(r"_\s*\{?\s*([0-9]{1,2})\s*\}?")
_NO_UNIT = frozenset(
    (
        "sqrt",
        "log",
        "ln",
        "sin",
        "cos",
        "tan",
        "cot",
        "mod",
        "and",
        "or",
        "to",
        "infinity",
        "choose",
        "over",
        "pi",
        "am",
        "pm",
        "a.m",
        "p.m",
    )
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it was written. `unit` is empty unless the unit is one that Redraft knows."""

    value: Fraction | int
    percent: bool = False
    unit: str = ""


def read_number(text: str) -> Quantity | None:
    """The number that all of `text` is, or `None` when it is anything else or too large."""
    return None if len(text) > _MOST_CHARACTERS else _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> Quantity | None:
    if _INTEGER.fullmatch(text):
        return Quantity(int(text))
    text = plain(text)
    body = _BODY.match(text)
    if body is None:
        return None
    value = _value(body)
    if value is None:
        return None
    if body["sign"] == "-" or body["inner"] == "-":
        value = -value
    return _suffixed(value, text[body.end() :])


def _value(body: re.Match[str]) -> Fraction | None:
    if body["decimal"] is not None:
        exponent = body["exponent"] or body["power"] or "0"
        if len(exponent) > 4 or abs(int(exponent)) > _MOST_EXPONENT:
            return None
        return Fraction(_digits(body["decimal"])) * Fraction(10) ** int(exponent)
    if body["period"] is not None:
        return _repeating(body["lead"], body["period"])
    if body["top"] is not None:
        whole, top, bottom = body["mixed"], body["top"], body["bottom"]
    else:
        whole = body["whole"]
        top, bottom = (part for part in body.groups()[3:7] if part is not None)
    if any(part.count(".") > 1 or not part.strip("-.,") for part in (top, bottom)):
        return None
    denominator = Fraction(_digits(bottom))
    if not denominator:
        return None
    return int(whole or 0) + Fraction(_digits(top)) / denominator


def _digits(text: str) -> str:
    return text.replace(",", "").rstrip(".")


def _repeating(lead: str, period: str) -> Fraction:
    places = len(lead) - lead.index(".") - 1
    return Fraction(lead.rstrip(".") or "0") + Fraction(
        int(period), (10 ** len(period) - 1) * 10**places
    )


def _suffixed(value: Fraction, suffix: str) -> Quantity | None:
    rest = suffix.strip()
    first, _, others = rest.partition(" ")
    if first.lower() in _SCALES:
        value *= _SCALES[first.lower()]
        rest = others.strip()
    if not rest:
        return Quantity(value)
    if rest[0] == "%" or rest.lower().startswith(("percent", "per cent")):
        return Quantity(value, percent=True)
    if rest in ("°", "-", "/-"):
        return Quantity(value)
    base = _BASE.fullmatch(rest)
    if base:
        return Quantity(value, unit=f"base {base[1]}")
    return _with_unit(value, rest, spaced=suffix[0] == " ")


def _with_unit(value: Fraction, rest: str, *, spaced: bool) -> Quantity | None:
    unit = _UNIT.fullmatch(rest.removeprefix("°").removeprefix("-"))
    if unit is None:
        return None
    words = unit[1].lower().rstrip(".").split()
    name = words[0] if len(words[0]) < 3 else words[0].rstrip("s.")
    known = _UNITS.get(name, "")
    if not known and (len(name) < 3 or not spaced):
        return None
    if len(name) == 1 and not spaced:
        return None
    if not _NO_UNIT.isdisjoint(words) or len(words) > 8:
        return None
    simple = known if len(words) == 1 and not unit[2] else ""
    return Quantity(value, unit=simple)


def same_number(left: Quantity, right: Quantity) -> bool:
    """Exact equality. Units count when both are known; 50% equals both 50 and 0.5."""
    if left.unit and right.unit and left.unit != right.unit:
        return False
    if left.value == right.value:
        return True
    if left.percent == right.percent:
        return False
    if left.percent:
        return left.value == 100 * right.value
    return right.value == 100 * left.value
