r"""What math-verify says about two single values, with the corrections it needs.

Only worker processes import this module: it loads sympy, and nothing here is bounded in time or
memory. Decimals are made exact first, so that a rounded number is not taken for an exact one,
and a symbol `i` is read as the imaginary unit.
"""

import re
from typing import cast

import sympy
from latex2sympy2_extended.math_normalization import NormalizationConfig
from math_verify import LatexExtractionConfig, parse, verify

from redraft.tools.numbers import read_number, same_number

_DECIMAL = re.compile(r"(?<![0-9.])([0-9]*)\.([0-9]+)(?![0-9.])")
_CONFIG = LatexExtractionConfig(
    normalization_config=NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none"
    )
)


class Unreadable(Exception):
    """A value that cannot be parsed as mathematics; the message is the value."""


def same_value(gold: str, answer: str) -> bool:
    """Whether two plain texts denote one value. Raises `Unreadable` for a gold that is none."""
    left, right = read_number(gold), read_number(answer)
    if left is not None and right is not None:
        return same_number(left, right)
    expected = _parsed(gold)
    if expected is None:
        raise Unreadable(gold)
    given = _parsed(answer)
    if given is None:
        return False
    return bool(
        verify(expected, given, timeout_seconds=None, allow_set_relation_comp=True)
        or verify(given, expected, timeout_seconds=None, allow_set_relation_comp=True)
    )


def _parsed(text: str) -> "sympy.Basic | None":
    exact = _DECIMAL.sub(
        lambda match: rf"{{\frac{{{match[1]}{match[2]}}}{{1{'0' * len(match[2])}}}}}", text
    )
    exact = re.sub(r"\\overline\s*\{([A-Z]+)\}", r"\1", exact)
    found = cast(
        "list[sympy.Basic]",
        parse(
            f"${exact}$",
            extraction_config=[_CONFIG],
            fallback_mode="no_fallback",
            parsing_timeout=None,  # pyright: ignore[reportArgumentType]
        ),
    )
    if not found:
        return None
    value = found[0]
    unit = cast("sympy.Basic", sympy.I)
    return value.subs([(name, unit) for name in value.free_symbols if str(name) == "i"])
