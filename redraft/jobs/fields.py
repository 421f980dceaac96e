"""Makes a `Problem` out of one entry of a file, whatever names its author gave the fields.

The usual names of the public sets are known (GSM8K, MATH, AIME, SVAMP, AQuA, MMLU, ARC); the user
can name the fields instead. Errors are `InputError`s without a place: the caller knows it.
"""

import difflib
from collections.abc import Mapping
from typing import cast, get_args

from redraft.core import InputError, Kind, Problem
from redraft.jobs.answers import as_text, options_of, read_gold
from redraft.jobs.chats import is_chat, read_chat

Fields = Mapping[str, str]
"""What the user calls the fields: `question`, `answer`, `options` and `id` to names in the file."""

USUAL: Mapping[str, tuple[str, ...]] = {
    "question": ("question", "problem", "prompt", "input", "query", "instruction"),
    "answer": (
        "answer",
        "gold",
        "target",
        "correct",
        "answerkey",
        "ground_truth",
        "gt",
        "final_answer",
        "expected_answer",
        "label",
        "solution",
    ),
    "options": ("options", "choices"),
    "id": ("id", "problem_id", "question_id", "unique_id", "task_id", "custom_id", "idx"),
}


def check_fields(fields: Fields) -> None:
    """Raise `InputError` for a name on the left that Redraft does not know."""
    for name in fields:
        if name not in USUAL:
            near = difflib.get_close_matches(name, USUAL, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(USUAL)}"
            raise InputError(f"fields: unknown name {name!r}; {hint}")


def to_problem(
    row: Mapping[str, object], number: int, fields: Fields, kind: Kind | None
) -> Problem:
    """The problem that `row` states; `number` is its id when it brings none."""
    if is_chat(row):
        row = read_chat(row)
    found = {role: name for role in USUAL if (name := _find(row, role, fields)) is not None}
    prompt = _prompt(row, found, fields)
    options = options_of(row, found.get("options"))
    kind = kind or _own_kind(row) or ("choice" if options else "math")
    answer = None
    if "answer" in found:
        answer = read_gold(row[found["answer"]], found["answer"].lower(), kind, options)
    used = set(found.values())
    return Problem(
        id=_id(row, found.get("id"), number),
        prompt=prompt,
        answer=answer,
        kind=kind,
        options=options if kind == "choice" else (),
        tests=_tests(row),
        meta={name: value for name, value in row.items() if name not in used},
    )


def _find(row: Mapping[str, object], role: str, fields: Fields) -> str | None:
    named = fields.get(role)
    if named is not None:
        if named not in row:
            raise InputError(f"no field {named!r} for the {role} (fields: {_listed(row)})")
        return named
    by_lower = {name.lower(): name for name in row}
    for usual in USUAL[role]:
        if usual in by_lower and row[by_lower[usual]] not in (None, ""):
            return by_lower[usual]
    return next((by_lower[usual] for usual in USUAL[role] if usual in by_lower), None)


def _listed(row: Mapping[str, object]) -> str:
    names = [name[:40] for name in list(row)[:12]]
    return ", ".join(names) + (", ..." if len(row) > len(names) else "") if names else "none"


def _prompt(row: Mapping[str, object], found: Mapping[str, str], fields: Fields) -> str:
    name = found.get("question")
    if name is None:
        raise InputError(
            f"no field for the question (fields: {_listed(row)}); name it: --fields question=NAME"
        )
    text = row[name]
    if not isinstance(text, str):
        raise InputError(f"field {name!r} is {type(text).__name__}, expected the question's text")
    if not text.strip():
        raise InputError(f"field {name!r} is empty")
    body = next((row[key] for key in row if key.lower() == "body"), None)
    if "question" in fields or not isinstance(body, str) or not body.strip():
        return text.strip()
    lead = body.strip()
    return f"{lead if lead.endswith(('.', '?', '!')) else lead + '.'} {text.strip()}"


def _id(row: Mapping[str, object], name: str | None, number: int) -> str:
    text = as_text(row[name], name) if name else None
    return text or str(number)


def _own_kind(row: Mapping[str, object]) -> Kind | None:
    kind = row.get("kind")
    return cast(Kind, kind) if kind in get_args(Kind) else None


def _tests(row: Mapping[str, object]) -> tuple[str, ...]:
    tests = row.get("tests")
    if not isinstance(tests, list):
        return ()
    return tuple(test for test in cast(list[object], tests) if isinstance(test, str))
