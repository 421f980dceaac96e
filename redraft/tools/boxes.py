r"""Finds `\boxed{...}` and its kin in the last 200,000 characters, from the end.

Work is bounded whatever the text holds: a fixed number of boxes is tried, and a fixed number of
characters of each is read. A box that is not closed, or is empty, is no box.
"""

import re
from dataclasses import dataclass

_MARKS = (r"\boxed", r"\fbox", r"\framebox")
_MOST_TRIED = 16
_WINDOW = 200_000
_LONGEST = 4000
_WIDEST_GAP = 60
_PHANTOM = re.compile(r"\\[hv]?phantom\s*\{")
_BRIDGE = re.compile(
    r"(?:[\s,;$&]|\\[()\[\],;: ]|\\q?quad|\\text\s*\{|\}|and|or|\*\*"
    r"|\\?[A-Za-z](?:_\{?\w\}?)?\s*=)*"
)


@dataclass(frozen=True, slots=True)
class Box:
    """A box's content and where the whole of it lies in the text."""

    content: str
    start: int
    end: int


def last_boxed(text: str) -> str | None:
    """The content of the last box; of several that one sentence joins, all, as `2, 3`."""
    text = text[-_WINDOW:]
    box = _before(text, len(text))
    if box is None:
        return None
    contents = [box.content]
    for _ in range(_MOST_TRIED):
        earlier = _before(text, box.start)
        if earlier is None or box.start - earlier.end > _WIDEST_GAP:
            break
        gap = text[earlier.end : box.start]
        if not gap.strip("$ ") or not _BRIDGE.fullmatch(gap) or "\n\n" in gap:
            break
        contents.append(earlier.content)
        box = earlier
    return ", ".join(dict.fromkeys(reversed(contents)))


def _before(text: str, end: int) -> Box | None:
    for _ in range(_MOST_TRIED):
        start, mark = max((text.rfind(mark, 0, end), mark) for mark in _MARKS)
        if start < 0:
            return None
        box = _box_at(text, start, start + len(mark))
        if box is not None:
            return box
        end = start
    return None


def _box_at(text: str, start: int, after: int) -> Box | None:
    window = text[after : after + _LONGEST]
    body = window.lstrip(" ")
    after += len(window) - len(body)
    if not body.startswith("{"):
        token = re.match(r"[0-9A-Za-z]+(?:\.[0-9]+)?", body) if window != body else None
        return Box(token[0], start, after + token.end()) if token else None
    depth = 0
    for sign in re.finditer(r"(?<!\\)(?:\\\\)*([{}])", body):
        depth += 1 if sign[1] == "{" else -1
        if depth == 0:
            content = body[1 : sign.end() - 1].strip()
            blank = not content or _PHANTOM.match(content)
            return None if blank else Box(content, start, after + sign.end())
    return None
