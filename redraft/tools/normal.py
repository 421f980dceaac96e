"""One spelling for the many ways in which an answer can be typeset.

Everything here is linear in its input and touches notation only (spaces, sizes, fonts, units of
angle, Unicode signs): two texts that become equal here mean the same thing.
"""

import re

_UNICODE = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{NO-BREAK SPACE}": " ",
        "\N{THIN SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{MULTIPLICATION SIGN}": r"\times ",
        "\N{MIDDLE DOT}": r"\cdot ",
        "\N{DOT OPERATOR}": r"\cdot ",
        "\N{DIVISION SIGN}": "/",
        "\N{FRACTION SLASH}": "/",
        "\N{LESS-THAN OR EQUAL TO}": r"\le ",
        "\N{GREATER-THAN OR EQUAL TO}": r"\ge ",
        "\N{INFINITY}": r"\infty ",
        "\N{GREEK SMALL LETTER PI}": r"\pi ",
        "\N{SQUARE ROOT}": r"\sqrt ",
        "\N{UNION}": r"\cup ",
        "\N{EMPTY SET}": r"\emptyset ",
        "\N{PLUS-MINUS SIGN}": r"\pm ",
        "\N{SUPERSCRIPT TWO}": "^2",
        "\N{SUPERSCRIPT THREE}": "^3",
        "\N{VULGAR FRACTION ONE HALF}": r"\frac{1}{2}",
        "\N{VULGAR FRACTION ONE QUARTER}": r"\frac{1}{4}",
        "\N{VULGAR FRACTION THREE QUARTERS}": r"\frac{3}{4}",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)
_SIZES = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|boldsymbol|mathbf)(?![A-Za-z])"
)
_FONTS = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:rm|it|sf|tt|normal)|mbox|hbox|operatorname"
    r"|emph|mathbf|boldsymbol|bf|rm)\s*\{([^{}]*)\}"
)
_DEGREES = re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\degree(?![A-Za-z])")
_WIDE_SPACES = re.compile(r"(?<!\\)\\[;:> ]|~|\\q?quad(?![A-Za-z])")
_NO_SPACES = re.compile(r"(?<!\\)\\[!,()\[\]]|\$")
_SPELLINGS = re.compile(r"\\(dfrac|tfrac|cfrac|leq|geq|leqslant|geqslant|varnothing|lt|gt|infin)\b")
_SPELLED = {
    "dfrac": r"\frac",
    "tfrac": r"\frac",
    "cfrac": r"\frac",
    "leq": r"\le",
    "leqslant": r"\le",
    "geq": r"\ge",
    "geqslant": r"\ge",
    "varnothing": r"\emptyset",
    "lt": "<",
    "gt": ">",
    "infin": r"\infty",
}
_MARKUP = frozenset("\\$*`{")
_WORD = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{4,}")
_FUNCTIONS = frozenset(
    (
        "sqrt",
        "frac",
        "sinh",
        "cosh",
        "tanh",
        "asin",
        "acos",
        "atan",
        "arcsin",
        "arccos",
        "arctan",
        "binom",
        "infty",
        "begin",
        "pmatrix",
        "bmatrix",
        "vmatrix",
        "matrix",
        "cases",
        "array",
    )
)
_LONE_LETTER = re.compile(r"[(\[]?([A-Za-z])[)\].:]?")
_LAST = " .,;:"


def plain(text: str) -> str:
    """`text` without typesetting: no dollars, fonts or sizes, one spelling for each sign."""
    if not text.isascii():
        text = text.translate(_UNICODE)
    if not _MARKUP.isdisjoint(text):
        text = _unset(text)
    return " ".join(text.split()).rstrip(_LAST)


def _unset(text: str) -> str:
    text = text.replace(r"\$", "").replace("**", "").replace("`", "").replace("{,}", ",")
    text = _SPELLINGS.sub(lambda match: _SPELLED[match[1]], text.replace(r"\%", "%"))
    for _ in range(3):
        text, count = _FONTS.subn(r" \1 ", text)
        if not count:
            break
    text = _NO_SPACES.sub("", _WIDE_SPACES.sub(" ", text))
    return _DEGREES.sub("°", _SIZES.sub("", text))


def wordy(text: str) -> bool:
    """Whether a plain text is words (`no solution`), so that algebra must not touch it."""
    return any(word.lower() not in _FUNCTIONS for word in _WORD.findall(text))


def key(text: str) -> str:
    """What two plain texts that say the same have in common."""
    lone = _LONE_LETTER.fullmatch(text)
    if lone:
        return lone[1]
    if wordy(text):
        return text.casefold().removeprefix("the ")
    return text.replace(" ", "")
