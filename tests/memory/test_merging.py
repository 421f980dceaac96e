"""Which behaviors say the same, and what the rules do about it."""

import math

import pytest

from redraft.core import Behavior
from redraft.memory.audit_words import duplicates
from redraft.memory.entry import Entry
from redraft.memory.merging import cosine, decide, duplicate, free_name, reordered, shared_words

TEN = "Look for pairs of numbers that add up to a round number and add these pairs first."
ROUND = Entry(name="behavior_round_pairs", instruction=TEN)


def new(instruction, name="behavior_new"):
    return Behavior(name=name, instruction=instruction)


def test_what_nobody_said_is_added():
    found = decide(new("Estimate before you calculate."), [ROUND])
    assert (found.action, found.into) == ("add", None)
    assert found.instruction == "Estimate before you calculate."


@pytest.mark.parametrize("text", [TEN, TEN.upper(), TEN.rstrip(".")])
def test_the_same_text_is_merged_under_whatever_name(text):
    found = decide(new(text), [Entry(name="behavior_a", instruction="Check."), ROUND])
    assert (found.action, found.into) == ("merge", ROUND.name)


def test_of_two_that_say_the_same_the_shorter_is_kept():
    short, long = TEN.replace(" and", ","), TEN
    assert decide(new(short), [ROUND]).instruction == short
    kept = Entry(name="behavior_round_pairs", instruction=short)
    assert decide(new(long), [kept]).instruction == short


@pytest.mark.parametrize("status", ["active", "quarantined", "retired"])
def test_what_there_is_evidence_of_keeps_its_words(status):
    judged = ROUND.model_copy(update={"status": status})
    found = decide(new(TEN.replace(" and", ",")), [judged])
    assert (found.action, found.into, found.instruction) == ("merge", ROUND.name, TEN)


@pytest.mark.parametrize(
    "name", ["behavior_round_pairs", "behavior_pairs_round", "behavior_round_pairs_2"]
)
def test_a_shared_name_makes_up_for_other_words(name):
    other = "Look for pairs of numbers with a round sum, and add these first."
    assert decide(new(other), [ROUND]).action == "add"
    found = decide(new(other, name), [ROUND])
    assert (found.action, found.instruction) == ("merge", TEN)


def test_a_shared_name_with_another_meaning_is_added():
    found = decide(new("Round every result down.", "behavior_round_pairs"), [ROUND])
    assert found.action == "add"
    assert "name was taken" in found.reason


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Always add the parts of the whole before you compare them with the total.", "not "),
        ("A number is divisible by it if the sum of its digits is divisible by it.", "9 "),
        ("The sides of the shape are all of equal length so divide the perimeter.", "don't "),
    ],
)
def test_one_number_or_negation_makes_another_meaning(text, other):
    turned = f"{other}{text}"
    assert shared_words(text, turned) > 0.85
    entry = Entry(name="behavior_new", instruction=text)
    assert decide(new(turned), [entry]).action == "add"


def test_the_nearest_of_several_is_found_and_a_tie_goes_to_the_name():
    entries = [
        Entry(name="behavior_a", instruction=f"{TEN} Really."),
        Entry(name="behavior_b", instruction=TEN),
        Entry(name="behavior_new", instruction=TEN),
    ]
    found = duplicate(new(TEN), entries)
    assert found == (entries[2], 1.0)


def test_vectors_find_what_words_do_not():
    vectors = {"Halve it.": (0.6, 0.8), "Divide by two.": (0.8, 0.6), "Check.": (1.0, 0.0)}
    entries = [Entry(name=f"behavior_{i}", instruction=text) for i, text in enumerate(vectors)][1:]
    similarity = cosine(vectors.__getitem__)
    found = duplicate(new("Halve it.", "behavior_halve"), entries, similarity=similarity)
    assert found is not None
    assert found[0].instruction == "Divide by two."
    assert math.isclose(found[1], 0.96)
    assert decide(new("Halve it."), entries).action == "add"


def test_texts_without_words_are_alike_only_if_they_are_the_same():
    assert (shared_words("+", "+"), shared_words("+", "-"), shared_words("+", "Add.")) == (1, 0, 0)


@pytest.mark.parametrize(
    ("taken", "free"), [((), "a"), (("a",), "a_2"), (("a", "a_2", "a_4"), "a_3")]
)
def test_a_taken_name_gets_a_number(taken, free):
    assert free_name("a", taken) == free


SWAPPED = [
    ("Add the parts, then take the whole away.", "Take the whole away, then add the parts."),
    ("Add all of it before you divide it.", "Divide all of it before you add it."),
    ("Subtract the smaller part from the larger.", "Subtract the larger part from the smaller."),
    ("Divide by the top, multiply by the rest.", "Multiply by the top, divide by the rest."),
    ("Convert feet to metres at once.", "Convert metres to feet at once."),
    ("Add the tens. Then add the ones.", "Add the ones. Then add the tens."),
]
MOVED = [
    ("To find the area, multiply base by height.", "Multiply base by height to find the area."),
    ("In each step, add before you divide.", "Add before you divide in each step."),
    ("Write two additions in a row as one step.", "As one step, write two additions in a row."),
    ("Add the tens, then add the ones.", "Add tens, then add the ones."),
    ("Check the sign when you take A from B.", "When you take A from B, check the sign."),
]


@pytest.mark.parametrize(("one", "other"), SWAPPED)
def test_the_same_words_on_other_sides_are_no_duplicate(one: str, other: str):
    assert reordered(one, other)
    assert reordered(other, one)
    known = Entry(name="behavior_known", instruction=one)
    assert decide(new(other), [known]).action == "add"
    assert duplicates([known, Entry(name="behavior_new", instruction=other)]) == []


@pytest.mark.parametrize(("one", "other"), MOVED)
def test_a_clause_that_moved_says_the_same(one: str, other: str):
    assert not reordered(one, other)
    known = Entry(name="behavior_known", instruction=one)
    assert decide(new(other), [known]).action == "merge"
    assert len(duplicates([known, Entry(name="behavior_new", instruction=other)])) == 1
