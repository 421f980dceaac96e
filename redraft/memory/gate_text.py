"""How the gate reads a text: one spelling for all characters that look alike, and none unseen."""

import re
import unicodedata

_MOST_QUOTED = 60
_RAISED = re.compile("[\u00b2\u00b3\u00b9\u2070\u2071\u2074-\u207f]+")
_FRACTION = re.compile("[\u00bc-\u00be\u2150-\u215f\u2189]")
# Cyrillic, Greek and typographers' characters, and the ASCII that each row passes for.
_ALIKE = str.maketrans(
    "\u0430\u0435\u043a\u043c\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0455\u0458\u0501\u04bb"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0405\u0408"
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0131"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u2018\u2019\u201c\u201d\u00ab\u00bb\u2010\u2011\u2012\u2013\u2014\u2212\u2044\u2215",
    'aekmopctyxisjdhABEKMHOPCTYXISJaeikvoptuxiABEZHIKMNOPTYX\'\'""""------//',
)
# Shown as nothing, although Unicode counts them as letters or marks: fillers and selectors.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


def fold(text: str) -> str:
    """`text` as it looks, in one spelling, for matching only; single spaces, the case kept.

    Compatibility forms, accents and look-alikes of Latin letters become ASCII where they have
    one, decimal digits of all scripts become 0-9, raised digits follow a `^`, and what nobody
    sees is dropped.
    """
    if not text.isascii():
        text = _FRACTION.sub(r" \g<0>", _RAISED.sub(r"^\g<0>", text))
        text = unicodedata.normalize("NFKC", text)
        seen = (character for character in set(text) if not character.isascii())
        text = text.translate({ord(character): _folded(character) for character in seen})
    return " ".join(text.split())


def _folded(character: str) -> str:
    if _unseen(character) or unicodedata.combining(character):
        return ""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isalpha() and character < "\u2000":
        character = unicodedata.normalize("NFD", character)[0]
    return character.translate(_ALIKE)


def hidden(text: str) -> str | None:
    """The first character of `text` that nobody sees (zero-width, bidi, filler), or `None`."""
    if text.isascii():
        return None
    return next((character for character in text if _unseen(character)), None)


def _unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or _BLANK.match(character) is not None


def quoted(text: str) -> str:
    """`text` for a message of one line: at most 60 characters, what cannot be printed escaped."""
    return repr(text if len(text) <= _MOST_QUOTED else text[: _MOST_QUOTED - 3] + "...")
