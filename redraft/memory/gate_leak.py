"""Leakage: whether a behavior tells what only its own problem can know."""

import re
from fractions import Fraction
from itertools import pairwise

from redraft.core import Behavior, Problem
from redraft.memory.gate_numbers import ANYWHERE, Number, numbers, value
from redraft.memory.gate_text import fold, quoted

_SHORTEST_PHRASE = 3
_LONGEST_NUMBER = 60
_DRESS = re.compile(
    r"\\(?:f?boxed|text(?:bf|it|rm)?|math(?:rm|bf)|mbox|left|right|displaystyle)(?![A-Za-z])"
    r"|\\[,;:! ]|[${}]"
)
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LONE_NUMBER = re.compile(
    r"(?:[a-z]\s?=\s?)?[-+]?\s?(?:[^\w\s.,()\[\]/^\\-]\s?)?"
    r"(?P<top>[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)(?:\s?/\s?(?P<bottom>[0-9]+))?"
    r"(?P<percent>\s?\\?%|\s?per ?cent)?"
    r"(?:\s?(?:\N{DEGREE SIGN}|\^\s?\\circ)|[ -][a-z][a-z ./-]*(?:\^[23])?)?\s?\.?",
    re.IGNORECASE,
)
# A capital letter in the middle of a sentence; what stands after a title is no beginning either.
_NAMED = re.compile(r"(?:(?<=[a-z0-9,'] )|(?<=\b[MD][rs]\. )|(?<=\bMrs\. ))([A-Z][a-z]{2,})\b")
_LOWER = re.compile(r"\b[a-z]+")
_OWNER = re.compile(r"\b([A-Z][a-z]{2,})'s\b")
_METHOD = re.compile(
    r"(?:'s|s')?(?:[ -][A-Z][a-z]+){0,3}[ -](?i:theorem|formula|rule|law|lemma|identit|inequalit"
    r"|diagram|sequence|number|numeral|triangle|triple|method|principle|criterion|coordinate|plane"
    r"|algorithm|equation|sieve|distribution|series|constant|polynomial|form\b|sum|product|notation"
    r"|point|line|circle|division|function|integral|alphabet|letter|approximation|expansion)"
)


def leak(behavior: Behavior, problem: Problem) -> str | None:
    """What of `problem` a behavior gives away, in one line, or `None`.

    That is its answer (a number whatever its size, words and formulas as a whole and from three
    characters on; of a choice, the option's words), a number of its text or answer other than
    those of `ANYWHERE`, or a name in it (a capital inside a sentence, found the same way in the
    instruction or as an owner, but not one that a method bears: Euler's formula). Signs are left
    out, since `x - 5` and `-5` look alike. `tests` are not read: no solver sees them.
    """
    instruction = fold(behavior.instruction)
    told = fold(behavior.name.replace("_", " ")) + "\n" + instruction
    text, gold = fold(problem.text), _undressed(fold(_gold(problem)))
    answer = _as_number(gold)
    said = numbers(told)
    if not said.isdisjoint(answer):
        return f"holds {_shown(said & answer)}, the answer of its problem"
    if not answer and _says(told, gold):
        return f"holds {quoted(gold)}, the answer of its problem"
    particular = said & (numbers(text) | numbers(gold)) - ANYWHERE
    if particular:
        return f"holds {_shown(particular)}, a number of its problem"
    name = _name_of(text, instruction)
    return f"holds {name}, a name of its problem" if name else None


def _gold(problem: Problem) -> str:
    answer = problem.answer or ""
    letter = answer.strip("() .").upper()
    if problem.kind == "choice" and len(letter) == 1:
        place = ord(letter) - ord("A")
        return problem.options[place] if 0 <= place < len(problem.options) else ""
    return answer


def _undressed(text: str) -> str:
    """`text` without what only sets type, except for fractions, which are read as numbers."""
    text = re.sub(r"\\[dt]frac(?![A-Za-z])", r"\\frac", text)
    text = re.sub(r"\\frac\s?\{([0-9]{1,20})\}\s?\{([0-9]{1,20})\}", r"\1/\2", text)
    text = re.sub(r"(?<=[0-9])(?:\{,\}|\\[,!])(?=[0-9]{3})", ",", text)
    return " ".join(_DRESS.sub(" ", text).split()).strip(" .,;")


def _as_number(gold: str) -> set[Number]:
    """The one number that `gold` is, twice where it is in per cent, or nothing."""
    lone = _LONE_NUMBER.fullmatch(gold) if len(gold) <= _LONGEST_NUMBER else None
    if lone is None:
        return set()
    number = value(lone["top"])
    bottom = Fraction(lone["bottom"] or 1)
    if isinstance(number, str) or not bottom:
        return set()
    return {number / bottom, number / bottom / 100} if lone["percent"] else {number / bottom}


def _says(told: str, gold: str) -> bool:
    """Whether `told` has all of `gold` in it, whatever the spaces and the case."""
    told, tokens = _undressed(told).casefold(), _TOKEN.findall(gold.casefold())
    if not _SHORTEST_PHRASE <= sum(map(len, tokens)) <= len(told):
        return False
    pattern = re.escape(tokens[0])
    for before, token in pairwise(tokens):
        both_words = before[-1].isalnum() and token[0].isalnum()
        pattern += (r"\s+" if both_words else r"\s*") + re.escape(token)
    return re.search(rf"(?<!\w){pattern}(?!\w)", told) is not None


def _name_of(text: str, instruction: str) -> str | None:
    lower = {word for words in (text, instruction) for word in _LOWER.findall(words)}
    names = {name for name in _NAMED.findall(text) if name.lower() not in lower}
    for pattern in (_NAMED, _OWNER):
        for match in pattern.finditer(instruction):
            if match[1] in names and not _METHOD.match(instruction, match.end(1)):
                return match[1]
    return None


def _shown(found: set[Number]) -> str:
    """The largest of `found`, for a message."""
    exact = [number for number in found if isinstance(number, Fraction)]
    if not exact:
        return f"{min(map(str, found))[:20]}..."
    largest = max(exact)
    return str(largest) if largest.denominator == 1 else f"{float(largest):g}"
