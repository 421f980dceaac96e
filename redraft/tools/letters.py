"""Which option a text chooses: a letter however it is written, or the option's own words.

What a text states about its choice ("the answer is B", "so C is correct") counts before a
letter that merely stands on the last line.
"""

import re

from redraft.core import Problem
from redraft.tools.boxes import last_boxed
from redraft.tools.normal import key, plain
from redraft.tools.numbers import read_number, same_number

_TAIL = 4_000
_LETTER = r"[(\[{*\"'$\\ ]{0,6}(?:(?:text|mathrm|textbf|mathbf)\{[( ]{0,2})?([A-Z])(?![A-Za-z'])"
_IS = r"\s{0,3}(?:\*\*)?\s{0,3}(?::|=|is|would be|must be|should be)?\s{0,3}:?\s{0,3}"
_STATED = (
    re.compile(
        rf"(?i:\b(?:answer|ans|option|choice)(?:\s(?:choice|option|letter))?{_IS}"
        rf"(?:option|choice|letter)?)\s?{_LETTER}(?!\s(?i:is|was|are)\s(?i:wrong|incorrect|not|too))"
    ),
    re.compile(
        r"(?<![A-Za-z])\(?([A-Z])[)*]{0,3}\s"
        r"(?i:(?:is|must be) (?:the )?(?:correct|right|best|true|answer))"
    ),
)
_THOUGHT = re.compile(
    r"(?i:\b(?:I|we)(?: would|'d|'ll| will)? (?:think|choose|pick|select|believe|say|go with)"
    rf"(?: that)?(?: it is| it's| the answer is)?(?: option)?)\s{_LETTER}"
)
_WHOLE = re.compile(
    r"(?:(?i:so|thus|therefore|hence)[, ]\s?|>>|#### ?|A: ?)?"
    r"[(\[*]{0,4}([A-Z])(?:[)\]*.,:]{1,4}.{0,200}|[)\]*.]{0,4})"
)
_BRACKETED = re.compile(r"\(([A-Z])\)")


def chosen_letter(text: str, problem: Problem) -> str | None:
    """The letter that `text` settles on, or `None`; looks at its last 4,000 characters."""
    letters = _letters(problem)
    boxed = last_boxed(text)
    if boxed is not None:
        found = as_letter(boxed, problem)
        if found is not None:
            return found
    tail = text[-_TAIL:]
    for patterns in (_STATED, (_THOUGHT,)):
        stated = [
            (match.start(1), match[1])
            for pattern in patterns
            for match in pattern.finditer(tail)
            if match[1] in letters
        ]
        if stated:
            return max(stated)[1]
    return _on_last_line(tail, problem)


def as_letter(answer: str, problem: Problem) -> str | None:
    """The letter that a short answer names: `(B)`, `B) 12`, or the text of option B."""
    text = plain(answer[:2000])
    whole = _WHOLE.fullmatch(text)
    if whole and whole[1] in _letters(problem):
        return whole[1]
    lone = key(text).upper()
    if len(lone) == 1 and lone in _letters(problem) and not _options_equal(text, problem):
        return lone
    equal = _options_equal(text, problem)
    return equal[0] if len(equal) == 1 else None


def _letters(problem: Problem) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(problem.options) or 5]


def _options_equal(text: str, problem: Problem) -> list[str]:
    value, wanted = read_number(text), key(text)
    found: list[str] = []
    for letter, option in zip(_letters(problem), problem.options, strict=False):
        other = read_number(option)
        equal_number = value is not None and other is not None and same_number(value, other)
        if equal_number or key(plain(option)) == wanted:
            found.append(letter)
    return found


def _on_last_line(tail: str, problem: Problem) -> str | None:
    lines = tail.strip().splitlines()
    if not lines:
        return None
    line = lines[-1].strip()[-400:]
    found = as_letter(line, problem)
    if found is None:
        bracketed = [name for name in _BRACKETED.findall(line) if name in _letters(problem)]
        found = bracketed[-1] if bracketed else None
    if found is None:
        said = re.search(r"(?i:\b(?:answer|ans)\b[^:=\n]{0,20}?(?:is|:|=))\s*([^\n]+)$", line)
        found = as_letter(said[1], problem) if said else None
    return found or _by_words(line, problem)


def _by_words(line: str, problem: Problem) -> str | None:
    text = f" {key(plain(line))} "
    named = [
        letter
        for letter, option in zip(_letters(problem), problem.options, strict=False)
        if re.search(rf"(?<![\w.,]){re.escape(key(plain(option)))}(?![\w]|[.,]\w)", text)
    ]
    return named[0] if len(named) == 1 else None
