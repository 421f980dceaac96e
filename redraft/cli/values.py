"""What the values on a command line mean: numbers with a sign, `key=value` pairs, field maps.

Each function is an argparse `type`: it returns the value or raises `ArgumentTypeError` with words
that a user can act on.
"""

from argparse import ArgumentTypeError
from collections.abc import Callable
from math import isfinite

STDIN = "-"


def whole(text: str) -> int:
    """A whole number of at least 1; `1_000` and `1e6` are read too."""
    value = _number(text)
    if value < 1 or value != int(value):
        raise ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(value)


def count(text: str) -> int:
    """A whole number of at least 0."""
    value = _number(text)
    if value < 0 or value != int(value):
        raise ArgumentTypeError(f"expected a whole number of at least 0, got {text!r}")
    return int(value)


def seconds(text: str) -> float:
    """A number of seconds above 0."""
    value = _number(text)
    if value <= 0:
        raise ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def amount(text: str) -> float:
    """A number of at least 0."""
    value = _number(text)
    if value < 0:
        raise ArgumentTypeError(f"expected a number of at least 0, got {text!r}")
    return value


def share(text: str) -> float:
    """A number above 0 and at most 1."""
    value = _number(text)
    if not 0 < value <= 1:
        raise ArgumentTypeError(f"expected a number above 0 and at most 1, got {text!r}")
    return value


def one_of(*choices: str) -> Callable[[str], str]:
    """A type that admits `choices` alone."""

    def choose(text: str) -> str:
        if text not in choices:
            raise ArgumentTypeError(f"expected {' or '.join(choices)}, got {text!r}")
        return text

    return choose


def some_of(*choices: str, alone: str) -> Callable[[str], set[str]]:
    """A type that admits a list of `choices`, of which `alone` stands by itself."""

    def choose(text: str) -> set[str]:
        found = {part.strip() for part in text.split(",")}
        unknown = sorted(found - set(choices))
        if unknown:
            raise ArgumentTypeError(f"expected {', '.join(choices)}, got {unknown[0]!r}")
        if alone in found and len(found) > 1:
            raise ArgumentTypeError(f"{alone} stands alone; give the others in a second command")
        return found

    return choose


def setting(text: str) -> tuple[str, str]:
    """One `knob=value`."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ArgumentTypeError(f"expected KNOB=VALUE such as widths=8,4, got {text!r}")
    return key.strip(), value.strip()


def fields(text: str) -> dict[str, str]:
    """A map such as `question=q,answer=a`, from Redraft's names to those of the file."""
    found: dict[str, str] = {}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise ArgumentTypeError(f"expected NAME=FIELD,... such as question=q, got {text!r}")
        found[key.strip()] = value.strip()
    return found


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ArgumentTypeError(f"expected a number, got {text!r}") from None
    if not isfinite(value):
        raise ArgumentTypeError(f"expected a finite number, got {text!r}")
    return value
