r"""Reads the final answer out of what a model wrote.

Order of trust: the last `\boxed{}`, then `#### x`, then the last "answer is" or "A:", and for
mathematics the last number of the last line. The text is hostile: boxes are looked for in its
last 200,000 characters, everything else in its last 4,000, in linear time.
"""

import re

from redraft.core import Problem
from redraft.tools.boxes import last_boxed
from redraft.tools.letters import chosen_letter
from redraft.tools.normal import plain, wordy
from redraft.tools.numbers import read_number

_TAIL = 4_000
_LONGEST = 400
_CALCULATOR = re.compile(r"<<[^<>\n]{0,200}>>")
_HASHES = re.compile(r"####[ \t]{0,9}([^\n]{1,400})")
_MARKER = re.compile(
    r"(?:\b(?:[Aa]nswer|ANSWER|[Rr]esult)(?:\s(?:to|for|of)\s[^.\n:]{1,50}?)?"
    r"(?:\*\*)?\s{0,2}(?::|=|(?i:is|would be|must be)\b:?)|^(?:\*\*)?A:)(?:\*\*)?\s{0,9}",
    re.MULTILINE,
)
_SENTENCE_END = re.compile(
    r"(?<![ap]\.m)(?<!\b[ap])\.(?:\s|$)|\n"
    r"|,?\s(?i:because|since|which|where|as|so|but|I hope)\s"
)
_NUMBER = re.compile(
    r"[0-9]{1,2}:[0-9]{2}(?:\s?[aApP]\.?[mM]\.?)?"
    r"|-?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:/[0-9]+)?%?"
)
_DISPLAYED = re.compile(r"\\\[|\\\]|\\\(|\\\)|\$\$")


def extract_answer(text: str, problem: Problem) -> str | None:
    """The final answer in `text`, `None` when there is none; a letter for multiple choice.

    Rules and their evidence: docs/grading.md. Never raises; reads code problems as `None`.
    """
    if problem.kind == "code":
        return None
    if problem.kind == "choice":
        return chosen_letter(text, problem)
    return _boxed(text) or _marked(text[-_TAIL:], problem)


def _boxed(text: str) -> str | None:
    boxed = last_boxed(text)
    return _clean(boxed) if boxed is not None else None


def _marked(tail: str, problem: Problem) -> str | None:
    tail = _CALCULATOR.sub("", tail)
    hashes = _HASHES.findall(tail)
    if hashes:
        return _clean(hashes[-1])
    ends = [match.end() for match in _MARKER.finditer(tail)]
    if ends:
        said = _sentence(tail[ends[-1] : ends[-1] + _LONGEST])
        found = _clean(said) if problem.kind == "text" else _value(said)
        if found:
            return found
    last = tail.strip().rpartition("\n")[2][-_LONGEST:]
    return _clean(last) if problem.kind == "text" else _last_number(last)


def _sentence(text: str) -> str:
    text = _DISPLAYED.sub("", text).lstrip()
    end = _SENTENCE_END.search(text)
    return text[: end.start()] if end else text


def _value(said: str) -> str | None:
    """The value in the words after a marker: all of them, or the last number in prose."""
    cleaned = _clean(said)
    if cleaned is None or read_number(cleaned) is not None:
        return cleaned
    left, equals, right = cleaned.rpartition("=")
    if equals and right.strip() and read_number(right) is not None and _NUMBER.search(left):
        return right.strip()
    if wordy(plain(cleaned)):
        return _last_number(cleaned) or (cleaned if len(cleaned.split()) <= 6 else None)
    return cleaned


def _last_number(line: str) -> str | None:
    numbers = _NUMBER.findall(line.replace(r"\%", "%").replace("{,}", ","))
    return numbers[-1] if numbers else None


def _clean(text: str) -> str | None:
    text = text.strip().replace("**", "").strip("` \t")
    while len(text) > 1 and text[0] == "$" == text[-1]:
        text = text.strip("$").strip()
    text = text.removeprefix(r"\(").removesuffix(r"\)").strip().rstrip(",;:")
    if text.endswith(".") and not text.endswith((".m.", "..")):
        text = text[:-1]
    return text.strip() or None
