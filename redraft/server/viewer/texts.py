"""Texts of models as a page shows them: escaped, cut where they are long, with formulas set."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup, escape

from redraft.server.viewer.mathml import LONGEST, Display, UnreadableMathError, mathml

LONGEST_TEXT = 20_000
"""Characters of a text on a page; the rest has a page of its own."""

_ON_A_PAGE = 400_000
_FORMULAS = 400
_CLOSING = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}
_ENVIRONMENTS = r"(?:align|aligned|array|bmatrix|cases|gather|matrix|pmatrix|split|vmatrix)\*?"
_OPEN = re.compile(rf"\\\$|\$\$|\$|\\\(|\\\[|\\begin\{{(?P<name>{_ENVIRONMENTS})\}}|\\boxed\s*\{{")
# Control characters and half pairs have no place in a page; NUL would be dropped unseen.
_CONTROL = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}


class Shown(NamedTuple):
    """A text as it stands in a page; `left` characters of it do not."""

    markup: Markup
    left: int


def visible(text: str) -> str:
    """`text` with its control characters shown as signs; markup stays markup."""
    return text.translate(_CONTROL)


class Typesetter:
    """Sets the texts of one page, and spends no more than a page's worth of time on them."""

    def __init__(self) -> None:
        self._left = _ON_A_PAGE
        self._formulas = _FORMULAS

    def __call__(self, text: str) -> Shown:
        """`text` with the formulas that could be read."""
        kept = text[: max(min(LONGEST_TEXT, self._left), 500)]
        self._left -= len(kept)
        return Shown(Markup("").join(self._pieces(visible(kept))), len(text) - len(kept))

    def _pieces(self, text: str) -> Iterator[Markup]:
        told = at = 0
        while self._formulas > 0 and (opening := _OPEN.search(text, at)):
            end = _end(text, opening)
            if end < 0:
                at = opening.end()
                # What is never closed costs a search as well.
                self._formulas -= opening[0] != r"\$"
                continue
            formula = text[opening.start() : end]
            self._formulas -= 1
            yield escape(text[told : opening.start()])
            yield _set(formula, opening)
            told = at = end
        yield escape(text[told:])


def _end(text: str, opening: re.Match[str]) -> int:
    """Where the formula that `opening` begins has its end; -1 if it is none."""
    begin, sign = opening.end(), opening[0]
    most = begin + LONGEST
    if sign == r"\$":
        return -1
    if sign.startswith(r"\boxed"):
        return _brace(text, begin, most)
    closing = rf"\end{{{opening['name']}}}" if opening["name"] else _CLOSING[sign]
    found = text.find(closing, begin, most)
    if found < 0 or (sign == "$" and not _is_inline(text, begin, found)):
        return -1
    return found + len(closing)


def _is_inline(text: str, begin: int, end: int) -> bool:
    """Whether dollar signs hold a formula and not two prices (the rule of Pandoc)."""
    inside = text[begin:end]
    if not inside or inside[0].isspace() or inside[-1].isspace() or "\n\n" in inside:
        return False
    return not text[end + 1 : end + 2].isdigit()


def _brace(text: str, begin: int, most: int) -> int:
    depth = 1
    for brace in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, begin, most):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
    return -1


def _set(formula: str, opening: re.Match[str]) -> Markup:
    sign = opening[0]
    whole = sign.startswith((r"\boxed", r"\begin"))
    display: Display = "block" if sign in ("$$", r"\[") or opening["name"] else "inline"
    latex = formula if whole else formula[len(sign) : -len(_CLOSING[sign])]
    try:
        return Markup('<span title="{}">{}</span>').format(formula, mathml(latex, display))
    except UnreadableMathError:
        return escape(formula)
