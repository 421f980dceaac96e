r"""The outer shape of an answer: a list, a set, a tuple, an interval, an inequality, a value.

Answers are compared shape by shape, so that whatever has to decide about two single values
(numbers, text, algebra) never meets a comma. Linear in the input except for the pairing of two
lists, which is bounded.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Same = Callable[[str, str], bool | None]
"""Decides about two single values; `None` means that it cannot."""

_MOST_PAIRED = 12
_OPEN, _CLOSE = "([{", ")]}"
_WORDS = re.compile(r"(?<=[\s,;])(?:and|or)(?=[\s,;])")
_NAME = r"\\?[A-Za-z][A-Za-z]{0,12}(?:_\{?\w{1,3}\}?)?(?:\s*\([A-Za-z, ]{1,8}\))?"
_ASSIGNED = re.compile(rf"({_NAME})\s*(?:=|\\in(?![A-Za-z]))(?!=)(.*)", re.DOTALL)
_BETWEEN = re.compile(
    r"([^<>=]+?)(<=?|\\le(?![A-Za-z]))\s*([A-Za-z])\s*(<=?|\\le(?![A-Za-z]))([^<>=]+)"
)
_BEYOND = re.compile(r"([A-Za-z])\s*(<=?|>=?|\\[lg]e(?![A-Za-z]))([^<>=]+)")
_BEFORE = re.compile(r"([^<>=]+?)(<=?|>=?|\\[lg]e(?![A-Za-z]))\s*([A-Za-z])")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", r"\le": r"\ge", r"\ge": r"\le"}


@dataclass(frozen=True, slots=True)
class Item:
    """One value, or a bracketed group of `parts`; `name` is what it was assigned to."""

    text: str
    parts: tuple[str, ...]
    brackets: str = ""
    name: str = ""


def items(text: str) -> tuple[Item, ...]:
    """The members of a plain text, from a lone value to a union of intervals."""
    text = text.replace(r"\{", "{").replace(r"\}", "}")
    inner = _braced(text)
    pieces = _split(_WORDS.sub(",", text if inner is None else inner))
    return tuple(_item(form) for piece in pieces for form in _signs(piece.strip()) if form)


def _braced(text: str) -> str | None:
    assigned = _ASSIGNED.fullmatch(text)
    body = (assigned[2] if assigned else text).strip()
    return body[1:-1] if body[:1] == "{" and _closes_last(body) and "," in body else None


def _split(text: str) -> list[str]:
    pieces, depth, start = [text], 0, 0
    cuts: list[int] = []
    for index, sign in enumerate(text):
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
        elif sign in ",;" and depth == 0 and not _groups_thousands(text, index):
            cuts.append(index)
    if cuts:
        pieces = []
        for cut in (*cuts, len(text)):
            pieces.append(text[start:cut])
            start = cut + 1
    return [part for piece in pieces for part in re.split(r"\\cup(?![A-Za-z])", piece)]


def _groups_thousands(text: str, index: int) -> bool:
    after = text[index + 1 : index + 5]
    return (
        text[index] == ","
        and text[index - 1 : index].isdigit()
        and len(after) >= 3
        and after[:3].isdigit()
        and not after[3:].isdigit()
    )


def _closes_last(text: str) -> bool:
    depth = 0
    for index, sign in enumerate(text):
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
            if depth == 0:
                return index == len(text) - 1
    return False


def _signs(text: str) -> tuple[str, ...]:
    if r"\pm" not in text and r"\mp" not in text:
        return (text,)
    upper = text.replace(r"\pm", "+").replace(r"\mp", "-").strip().removeprefix("+")
    lower = text.replace(r"\pm", "-").replace(r"\mp", "+").strip().removeprefix("+")
    return (upper, lower)


def _item(text: str) -> Item:
    interval = _interval(text)
    if interval is not None:
        return interval
    assigned = _ASSIGNED.fullmatch(text)
    name, body = (assigned[1].replace(" ", ""), assigned[2].strip()) if assigned else ("", text)
    if body[:1] in tuple("([") and body[-1:] in tuple(")]") and _closes_last(body):
        parts = _split(body[1:-1])
        if len(parts) > 1:
            return Item(text, tuple(part.strip() for part in parts), body[0] + body[-1], name)
    return Item(text, (body,), "", name)


def _interval(text: str) -> Item | None:
    between = _BETWEEN.fullmatch(text)
    if between:
        low, left, name, right, high = between.groups()
        brackets = ("(" if left == "<" else "[") + (")" if right == "<" else "]")
        return Item(text, (low.strip(), high.strip()), brackets, name)
    beyond, before = _BEYOND.fullmatch(text), _BEFORE.fullmatch(text)
    if beyond:
        name, sign, bound = beyond.groups()
    elif before:
        bound, sign, name = before[1], _FLIPPED[before[2]], before[3]
    else:
        return None
    closed = sign not in "<>"
    if sign in (">", ">=", r"\ge"):
        brackets = "[)" if closed else "()"
        return Item(text, (bound.strip(), r"\infty"), brackets, name)
    return Item(text, (r"-\infty", bound.strip()), "(" + ("]" if closed else ")"), name)


def same_form(gold: str, answer: str, same: Same) -> bool | None:
    """Whether two plain texts have one shape and, by `same`, the same values in it."""
    left, right = items(gold), items(answer)
    if len(left) != len(right):
        return _as_tuple(left, right, same)
    if len(left) == 1 or len(left) > _MOST_PAIRED:
        return _all(_same_item(a, b, same) for a, b in zip(left, right, strict=True))
    return _paired(left, right, same)


def _as_tuple(left: Sequence[Item], right: Sequence[Item], same: Same) -> bool | None:
    """`(1, 2)` and `1, 2` in that order are the same; else the counts differ."""
    for group, bare in ((left, right), (right, left)):
        if len(group) == 1 and group[0].brackets == "()" and len(group[0].parts) == len(bare):
            values = [item.parts[0] for item in bare if not item.brackets]
            if len(values) == len(bare):
                pairs = (group[0].parts, values) if group is left else (values, group[0].parts)
                return _all(same(a, b) for a, b in zip(*pairs, strict=True))
    return False


def _paired(left: Sequence[Item], right: Sequence[Item], same: Same) -> bool | None:
    free, unsure = list(right), False
    for item in left:
        verdicts: list[bool | None] = []
        for other in free:
            verdicts.append(_same_item(item, other, same))
            if verdicts[-1]:
                break
        if verdicts and verdicts[-1]:
            free.pop(len(verdicts) - 1)
        elif None in verdicts:
            unsure = True
        else:
            return False
    return None if unsure else True


def _same_item(left: Item, right: Item, same: Same) -> bool | None:
    if left.name and right.name and left.name != right.name:
        return False
    if left.brackets != right.brackets:
        return False if left.brackets and right.brackets else same(left.text, right.text)
    if len(left.parts) != len(right.parts):
        return False
    return _all(same(a, b) for a, b in zip(left.parts, right.parts, strict=True))


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    unsure = False
    for verdict in verdicts:
        if verdict is False:
            return False
        unsure = unsure or verdict is None
    return None if unsure else True
