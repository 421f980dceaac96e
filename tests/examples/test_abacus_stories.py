"""Stories of Abacus: the same for a seed, whole and positive, and no calculation in two splits."""

import random
import re
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from story import Change, Level, draw, split_of, stories

SPLITS = ("train", "dev", "test")
LEVELS = st.builds(
    lambda least, more, reach, limit, plain: Level(least, least + more, reach, limit, plain=plain),
    st.integers(1, 6),
    st.integers(0, 6),
    st.integers(20, 2000),
    st.integers(999, 9999),
    st.booleans(),
)
SEEDS = st.integers(0, 2**32)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(split="dev", seed=1, level=None, count=40):
    return list(islice(stories(split, seed, level or Level()), count))


def after(quantity, change):
    """What a change makes of a quantity, by another reading of its fields."""
    match change.kind:
        case "add" | "add_groups":
            return quantity + change.groups * change.size
        case "take" | "take_groups":
            return quantity - change.groups * change.size
        case "times":
            return quantity * change.size
        case "come_and_go" | "go_and_come" | "grow_and_shrink":
            return quantity
        case "share":
            assert quantity % change.size == 0
            return quantity // change.size


def test_a_seed_gives_the_same_stories():
    assert told() == told()
    assert told() != told(seed=2)
    assert told() != told(split="test")


def test_no_calculation_is_in_two_splits():
    few = Level(least=1, most=2, reach=10)  # so few calculations that each comes many times
    drawn = {
        split: {(story.start, story.changes) for story in told(split, level=few, count=400)}
        for split in SPLITS
    }
    assert all(len(calculations) > 20 for calculations in drawn.values())
    assert sum(map(len, drawn.values())) == len(set.union(*drawn.values()))


def test_one_calculation_in_twenty_is_for_each_of_development_and_tests():
    rng = random.Random(3)
    calculations = [(rng.randint(2, 99), (Change("add", n),)) for n in range(2000)]
    splits = [split_of(*calculation) for calculation in calculations]
    for split in ("dev", "test"):
        assert 60 <= splits.count(split) <= 140


@unhurried
@given(SEEDS, LEVELS, st.sampled_from(SPLITS))
def test_a_story_keeps_to_its_level(seed, level, split):
    story = draw(random.Random(seed), level, split)
    assert story.split == split
    assert level.least <= sum(change.operations for change in story.changes) <= level.most
    assert 0 < story.start <= level.limit == story.limit
    quantity = story.start
    for change in story.changes:
        quantity = after(quantity, change)
        assert 0 < quantity <= level.limit
    assert max(story.numbers) <= level.reach
    assert sorted(map(int, re.findall(r"\d+", story.text))) == sorted(story.numbers)


@pytest.mark.parametrize(("chance", "expected"), [(0.0, 0), (1.0, 2)])
def test_asides_bring_numbers_that_play_no_part(chance, expected):
    for story in told(level=Level(asides=chance, detours=0.0)):
        used = 1 + sum(change.operations for change in story.changes)
        assert len(story.numbers) == used + expected


def test_a_plain_story_is_the_bare_calculation():
    rng = random.Random(0)
    story = draw(rng, Level(least=3, most=3, asides=0.0, detours=0.0, plain=True), "train")
    assert re.fullmatch(
        r"(Start|Begin) with \d+\. "
        r"((Add|Subtract|Multiply by|Divide by)( \d+ times)? \d+\. )+What is the result\?",
        story.text,
    )


@pytest.mark.parametrize(
    ("change", "before"),
    [
        (Change("share", 4), 10),
        (Change("take", 10), 10),
        (Change("take_groups", 4, 3), 10),
    ],
)
def test_what_leaves_a_part_or_nothing_cannot_happen(change, before):
    assert change.apply(before) is None
