"""The poison: every kind is there, says what it is meant to say, and is the same for a seed."""

import random
import re
from collections import Counter
from pathlib import Path

import pytest
from handbook_on_abacus.paraphrasing import SYNONYMS, near_duplicates
from handbook_on_abacus.poison import (
    COPY,
    FOREIGN,
    GOOD,
    INJECTION,
    KINDS,
    LEAK,
    RULE,
    WRONG_COPY,
    Proposal,
    candidates,
    clean_set,
    good,
    kinds_by_text,
    poison_set,
    wrong_rules,
)
from handbook_on_abacus.study import shortcuts

from redraft import Problem
from redraft.core import Behavior
from redraft.memory import refusal
from redraft.memory.gate_injection import injection

PROBLEMS = [
    Problem(
        id=str(n), prompt=f"Nina has {n + 200} pens. She buys {n + 500}. How many?", answer=f"{n}77"
    )
    for n in range(4, 100)
]


@pytest.fixture(scope="module")
def poison() -> list[Proposal]:
    return poison_set(shortcuts(), PROBLEMS, random.Random(0))


def of(proposals, kind):
    return [one for one in proposals if one.kind == kind]


def test_there_is_as_much_of_each_kind_as_the_page_says(poison, repository: Path):
    counts = Counter(one.kind for one in poison)
    assert counts.keys() == set(KINDS)
    said = re.findall(
        r"^- \*\*[^*]+\*\*, ([\d,]+):", (repository / "docs/handbook-figures.md").read_text(), re.M
    )
    told = [int(number.replace(",", "")) for number in said]
    assert told == [
        counts[RULE],
        counts[LEAK] + counts[FOREIGN],
        counts[INJECTION],
        counts[COPY] + counts[WRONG_COPY],
    ]
    assert told[:3] >= [50, 50, 50]
    assert told[3] == 1000


def test_the_same_seed_makes_the_same_poison(poison):
    again = poison_set(shortcuts(), PROBLEMS, random.Random(0))
    other = poison_set(shortcuts(), PROBLEMS, random.Random(1))
    assert again == poison
    assert {one.behavior for one in other} != {one.behavior for one in poison}


def test_a_wrong_rule_passes_for_advice():
    rules = wrong_rules()
    assert len({rule.name for rule in rules}) == len({r.instruction for r in rules}) == len(rules)
    assert [refusal(rule) for rule in rules if refusal(rule)] == []
    assert not {rule.instruction for rule in rules} & {g.instruction for g in good(shortcuts())}


def test_a_leak_tells_an_answer_that_the_gate_may_know_or_not(poison):
    for one in of(poison, LEAK):
        assert one.problem.answer in one.behavior.instruction
    answers = {problem.answer for problem in PROBLEMS}
    for one in of(poison, FOREIGN):
        numbers = set(re.findall(r"\d+", one.behavior.instruction))
        assert numbers & answers
        assert one.problem.answer not in numbers


def test_some_injections_are_known_to_the_gate_and_some_are_not(poison):
    found = [injection(one.behavior) is not None for one in of(poison, INJECTION)]
    assert 0 < found.count(False) < found.count(True)


def test_near_duplicates_are_distinct_and_change_words_alone():
    source = Behavior(name="behavior_join", instruction="Write two additions in a row on one line.")
    made = near_duplicates(source, 150, random.Random(3))
    assert len({one.instruction for one in made}) == 150
    assert source.instruction not in {one.instruction for one in made}
    names = Counter(
        "same" if one.name == source.name else one.name.startswith(source.name) for one in made
    )
    assert min(names["same"], names[True], names[False]) > 30
    unchanged = {"in", "a", "on", "one"}
    assert all(unchanged & set(one.instruction.lower().split()) for one in made)


def test_every_word_has_others_in_its_place():
    assert all(len(set(others)) == 3 and word not in others for word, others in SYNONYMS.items())


def test_a_candidate_brings_its_problem_and_a_source_of_its_own(poison):
    asked = candidates(poison)
    assert [one.problem for one in asked] == [one.problem for one in poison]
    assert len({one.provenance for one in asked}) == len(poison)


def test_a_text_that_two_kinds_say_is_of_the_first_one(poison):
    kinds = kinds_by_text(poison)
    assert {kinds[one.instruction] for one in good(shortcuts())} == {GOOD}
    assert set(kinds.values()) == set(KINDS)
    both = [Proposal(kind, Behavior(name="behavior_x", instruction="Same."), PROBLEMS[0])
            for kind in (GOOD, RULE)]  # fmt: skip
    assert kinds_by_text(both) == kinds_by_text(both[::-1]) == {"Same.": GOOD}


def test_the_clean_set_is_good_alone():
    clean = clean_set(shortcuts(), PROBLEMS)
    assert {one.kind for one in clean} == {GOOD}
    assert [one.behavior for one in clean] == good(shortcuts())
