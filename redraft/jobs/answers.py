"""Reads gold answers and options as the public sets write them.

GSM8K ends a worked solution in `#### 18`, MATH boxes its answer, SVAMP writes 145.0 for 145, AQuA
letters its options, MMLU counts them from 0.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import cast

from redraft.core import InputError, Kind, Problem
from redraft.tools import extract_answer

_LABEL = re.compile(r"\s*\(?([A-Z])[).:]\s*(.*)", re.DOTALL)
MOST_OPTIONS = 26


def as_text(value: object, name: str) -> str | None:
    """A scalar in the words of its field; `None` for nothing (null, NaN, an empty text)."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list | tuple | dict):
        raise InputError(f"field {name!r} is {type(cast(object, value)).__name__}, expected text")
    return str(value)


def read_gold(value: object, name: str, kind: Kind, options: Sequence[str]) -> str | None:
    """The gold answer in `value`: for a choice with `options` always a letter."""
    value = _only(value)
    if options and isinstance(value, int) and not isinstance(value, bool):
        return _letter_at(value, options)
    text = as_text(value, name)
    if text is None or kind in ("text", "code"):
        return text
    if kind == "choice":
        return _choice(text, options) if options else text.strip("()").upper()
    if "####" in text:
        return text.rpartition("####")[2].strip() or None
    if name == "solution" or "\n" in text:
        return extract_answer(text, Problem(id="", prompt="", kind=kind))
    return text


def _only(value: object) -> object:
    """The one member of a list of one, anything else as it is."""
    if isinstance(value, list):
        members = cast(list[object], value)
        return members[0] if len(members) == 1 else members
    return value


def _letter_at(index: int, options: Sequence[str]) -> str:
    if not 0 <= index < len(options):
        raise InputError(f"answer {index} is no place among {len(options)} options (from 0)")
    return chr(65 + index)


def _choice(text: str, options: Sequence[str]) -> str:
    bare = text.strip("(). ").upper()
    if len(bare) == 1 and 0 <= ord(bare) - 65 < len(options):
        return bare
    if text in options:
        return chr(65 + options.index(text))
    if text.isdecimal():
        return _letter_at(int(text), options)
    raise InputError(f"answer {text[:60]!r} is none of the {len(options)} options")


def options_of(row: Mapping[str, object], name: str | None) -> tuple[str, ...]:
    """The options of `row`, without their letters; `name` is their field.

    They may be a list, its JSON text, a map from letters, the `{"text": [...]}` of ARC, or columns
    named A, B, C and so on.
    """
    if name is None:
        return _columns(row)
    value = row[name]
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        value = _parsed(value, name)
    if isinstance(value, dict):
        table = cast(dict[str, object], value)
        value = table["text"] if "text" in table else list(table.values())
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        raise InputError(f"field {name!r} is {type(value).__name__}, expected a list of options")
    if not value:
        raise InputError(f"field {name!r} holds no options")
    texts = [as_text(option, name) for option in cast(Sequence[object], value)]
    if len(texts) > MOST_OPTIONS or None in texts:
        raise InputError(f"field {name!r} must hold at most {MOST_OPTIONS} options, none empty")
    return _without_letters([text for text in texts if text is not None])


def _parsed(text: str, name: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"field {name!r} is not a JSON list of options") from None


def _columns(row: Mapping[str, object]) -> tuple[str, ...]:
    options: list[str] = []
    for letter in map(chr, range(65, 65 + MOST_OPTIONS)):
        option = as_text(row[letter], letter) if letter in row else None
        if option is None:
            break
        options.append(option)
    return tuple(options) if len(options) > 1 else ()


def _without_letters(options: Sequence[str]) -> tuple[str, ...]:
    matches = [_LABEL.match(option) for option in options]
    labels = [match[1] for match in matches if match]
    if labels != [chr(65 + i) for i in range(len(options))]:
        return tuple(options)
    return tuple(match[2].strip() for match in matches if match)
