"""LaTeX as MathML. What models write is hostile: tags and attributes are copied from a short list,
every text is escaped again, and whatever takes long or cannot be read is refused."""

import re
from html import unescape
from typing import Literal
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

Display = Literal["inline", "block"]
LONGEST = 2000
"""Characters of a formula; longer ones are shown as text."""

_DEEPEST = 60
_TAG = re.compile(
    r"m(row|i|n|o|text|space|style|padded|phantom|frac|sqrt|root|table|tr|td"
    r"|sub|sup|subsup|under|over|underover|multiscripts|prescripts)"
)
_ATTRIBUTE = re.compile(
    r"mathvariant|stretchy|fence|separator|largeop|symmetric|movablelimits|accent|accentunder"
    r"|minsize|maxsize|displaystyle|scriptlevel|linethickness|width|height|depth|lspace|rspace"
)
_PARTS = {
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
# Lengths of at most two digits: a formula must not be pushed over what others say.
_VALUE = re.compile(r"[a-z-]{1,24}|[+-]?\d{0,2}(\.\d{1,4})?(em|ex|px|pt|%)?")
# Definitions can call each other until no memory is left; \sideset doubles what stands in it.
_REFUSED = re.compile(r"\\(def|newcommand|newenvironment|DeclareMathOperator|sideset|verb)")


class UnreadableMathError(Exception):
    """A text that is no formula, or none that is worth the time."""


def mathml(latex: str, display: Display) -> Markup:
    """`latex`, without its delimiters, as a `math` element; raises `UnreadableMathError`."""
    if len(latex) > LONGEST or _REFUSED.search(latex):
        raise UnreadableMathError(latex[:80])
    try:
        tree = convert_to_element(latex, display=display)
    except Exception as error:
        # The converter meets a text that is no LaTeX with errors of any kind.
        raise UnreadableMathError(latex[:80]) from error
    return Markup('<math display="{}">{}</math>').format(display, _children(tree, 0))


def _children(element: Element, depth: int) -> Markup:
    if depth > _DEEPEST:
        raise UnreadableMathError(element.tag)
    return Markup("").join(_written(child, depth + 1) for child in element)


def _written(element: Element, depth: int) -> Markup:
    if len(element) != _PARTS.get(element.tag, len(element)):
        raise UnreadableMathError(element.tag)
    inside = escape(_said(element)) + _children(element, depth)
    if element.tag == "menclose":
        boxed = Markup(' class="boxed"') if element.get("notation") == "box" else Markup("")
        return Markup("<mrow{}>{}</mrow>").format(boxed, inside)
    if not _TAG.fullmatch(element.tag):
        return Markup("<mrow>{}</mrow>").format(inside)
    kept = (
        Markup(' {}="{}"').format(name, value)
        for name, value in element.attrib.items()
        if _ATTRIBUTE.fullmatch(name) and _VALUE.fullmatch(value)
    )
    name = Markup(element.tag)
    return Markup("<{0}{1}>{2}</{0}>").format(name, Markup("").join(kept), inside)


def _said(element: Element) -> str:
    """The element's own text. The converter writes symbols as entities, and leaves commands that
    it does not know as they are."""
    text = unescape(element.text or "")
    if element.tag == "mi" and text.startswith("\\"):
        raise UnreadableMathError(text[:80])
    return text
