"""Uses as they are read off records, and which of them tell about what a behavior says now."""

import pytest

from redraft.core import Behavior, Recalled, Record, Solution, Usage
from redraft.memory.entry import Entry, Use, wording_of
from redraft.memory.uses import cites, current, uses_of

PAIR, CARRY = (Behavior(name=f"behavior_{n}", instruction="Do it.") for n in ("pair", "carry"))
RECALLED = Recalled(id="r", version="7", shown=(PAIR,), held=(CARRY,))


def solution(text="", answer="42", name="s", parents=("r",)):
    usage = Usage(input=90, output=11, reasoning=4)
    return Solution(id=name, text=text, answer=answer, parents=parents, usage=usage)


def record(*artifacts, **fields):
    given = {"gold": "42", "candidates": ("42", "41"), "candidates_correct": (True, False)}
    return Record(id="1", key="k", recipe="behaviors", artifacts=artifacts, **(given | fields))


def test_every_recalled_behavior_is_used_once_with_the_outcome_and_tokens_of_its_solution():
    shown, held = uses_of(record(RECALLED, solution("By behavior_pair: 42.")), "run")
    assert shown == Use(
        run="run",
        problem="k",
        name="behavior_pair",
        shown=True,
        cited=True,
        correct=True,
        input_tokens=90,
        output_tokens=11,
        wording=wording_of("Do it."),
    )
    assert (held.name, held.shown, held.cited) == ("behavior_carry", False, False)


def test_the_first_solution_after_the_recall_counts():
    before, later = solution(answer="42", parents=()), solution(answer="42", name="later")
    found = uses_of(record(before, RECALLED, solution(answer="41"), later), "run")
    assert [use.correct for use in found] == [False, False]


@pytest.mark.parametrize(
    ("answer", "fields", "correct"),
    [
        ("41", {}, False),
        ("43", {}, None),
        ("43", {"answer": "43", "correct": False}, False),
        ("43", {"answer": "42", "correct": True}, None),
        (None, {}, False),
        (None, {"gold": None}, None),
        ("42", {"candidates_correct": (None, None)}, None),
        ("42", {"candidates_correct": ()}, None),
    ],
)
def test_an_outcome_that_nothing_grades_is_no_evidence(answer, fields, correct):
    found = uses_of(record(RECALLED, solution(answer=answer), **fields), "run")
    assert [use.correct for use in found] == ([] if correct is None else [correct] * 2)


@pytest.mark.parametrize("artifacts", [(), (solution(),), (RECALLED, solution(parents=("x",)))])
def test_without_a_recall_or_a_solution_after_it_there_are_no_uses(artifacts):
    assert uses_of(record(*artifacts), "run") == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("(behavior_pair)", True),
        (r"\text{behavior\_pair}", True),
        ("behavior_pair_2 and my_behavior_pair", False),
        ("behavior_pairs", False),
    ],
)
def test_a_citation_is_a_whole_word(text, cited):
    assert cites(text, "behavior_pair") is cited


def test_uses_of_other_words_are_no_evidence():
    now = Entry(name="behavior_pair", instruction="Do it.")
    told = {"run": "r", "shown": True, "correct": True, "input_tokens": 1, "output_tokens": 1}
    new, old, unknown, gone = (
        Use(problem=str(place), name=name, wording=wording, **told)
        for place, (name, wording) in enumerate(
            [
                ("behavior_pair", now.wording),
                ("behavior_pair", wording_of("Do it twice.")),
                ("behavior_pair", ""),
                ("behavior_gone", now.wording),
            ]
        )
    )
    assert current([now], [old, new, gone, unknown]) == [new, unknown]


def test_the_same_words_have_the_same_name():
    assert wording_of("Do it.") == wording_of("Do it.") != wording_of("Do it!")
    assert wording_of("half a character: \ud83d")
