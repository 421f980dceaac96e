"""Rankings are fused, evidence is drawn from posteriors, and near duplicates are left out."""

from statistics import mean, pstdev

import numpy as np
import pytest

from redraft.memory.embedding import table
from redraft.memory.entry import Use
from redraft.memory.retrieval import Tally, diverse, fuse, sampled_lift, tally, weighed

SALTS = [f"problem {number}" for number in range(300)]


def use(name: str, *, shown: bool, correct: bool, all_held: bool = False) -> Use:
    return Use(
        run="r",
        problem="p",
        name=name,
        shown=shown,
        all_held=all_held,
        correct=correct,
        input_tokens=1,
        output_tokens=1,
    )


def counted(name: str, *, shown: tuple[int, int], held: tuple[int, int]) -> Tally:
    """A tally of (right, wrong) uses."""
    return Tally(
        {
            (name, True, True): shown[0],
            (name, True, False): shown[1],
            (name, False, True): held[0],
            (name, False, False): held[1],
        }
    )


def test_uses_are_counted_by_group_and_outcome():
    uses = [
        use("a", shown=True, correct=True),
        use("a", shown=True, correct=True),
        use("a", shown=True, correct=False),
        use("a", shown=False, correct=True),
        use("b", shown=False, correct=False),
    ]
    assert tally(uses) == {
        ("a", True, True): 2,
        ("a", True, False): 1,
        ("a", False, True): 1,
        ("b", False, False): 1,
    }


def test_where_everything_was_held_back_nothing_is_counted():
    assert tally([use("a", shown=False, correct=True, all_held=True)]) == {}


def test_a_fused_ranking_prefers_what_both_found():
    assert fuse([(1.0, [1, 2, 3]), (1.0, [4, 3, 5])], 9) == [3, 1, 4, 2, 5]


def test_the_weight_of_a_ranking_counts():
    assert fuse([(0.9, [1, 2]), (1.0, [3, 4])], 9) == [3, 4, 1, 2]
    assert fuse([(1.1, [1, 2]), (1.0, [3, 4])], 9) == [1, 2, 3, 4]
    assert fuse([(0.0, [9, 3]), (1.0, [3, 4])], 9) == [3, 4, 9]


def test_a_fused_ranking_breaks_ties_by_place_and_is_cut():
    assert fuse([(1.0, [7]), (1.0, [2])], 9) == [2, 7]
    assert fuse([(1.0, [7]), (1.0, [2])], 1) == [2]
    assert fuse([(1.0, []), (1.0, [])], 5) == []


def test_a_draw_is_the_same_in_every_process():
    drawn = sampled_lift(Tally(), "behavior_add", "salt")
    assert drawn == pytest.approx(-0.14179397247436676)


def test_a_draw_depends_on_salt_name_and_own_uses_alone():
    own = counted("a", shown=(5, 5), held=(2, 2))
    both = own + counted("b", shown=(50, 0), held=(0, 50))
    assert sampled_lift(own, "a", "x") == sampled_lift(both, "a", "x")
    assert sampled_lift(own, "a", "x") != sampled_lift(own, "a", "y")
    assert sampled_lift(Tally(), "a", "x") != sampled_lift(Tally(), "b", "x")
    assert sampled_lift(own, "a", "x") != sampled_lift(Tally(), "a", "x")


def test_the_lift_of_a_newcomer_is_0_on_average_and_wide():
    lifts = [sampled_lift(Tally(), "a", salt) for salt in SALTS]
    assert abs(mean(lifts)) < 0.08
    assert 0.35 < pstdev(lifts) < 0.47
    assert all(-1 < lift < 1 for lift in lifts)


@pytest.mark.parametrize(
    ("shown", "held", "expected"),
    [((80, 20), (40, 60), 0.4), ((40, 60), (80, 20), -0.4), ((50, 50), (50, 50), 0.0)],
)
def test_the_lift_of_a_known_one_is_near_what_was_seen(
    shown: tuple[int, int], held: tuple[int, int], expected: float
):
    counts = counted("a", shown=shown, held=held)
    lifts = [sampled_lift(counts, "a", salt) for salt in SALTS]
    assert mean(lifts) == pytest.approx(expected, abs=0.03)
    assert pstdev(lifts) < 0.1


def test_without_evidence_relevance_decides():
    assert weighed([5, 3, 4], dict.fromkeys([3, 4, 5], 0.0)) == [5, 3, 4]


def test_evidence_moves_neighbours():
    assert weighed([5, 3, 4], {5: -0.4, 3: 0.4, 4: 0.0}) == [3, 5, 4]


def test_evidence_never_beats_a_far_better_rank():
    places = list(range(20))
    lifts = {place: 1.0 if place else -1.0 for place in places}
    assert weighed(places, lifts).index(0) == 6


def test_what_says_nearly_the_same_is_left_out():
    rows = table([[1, 0], [1, 0.3], [0, 1], [1, 0.6]]).astype(np.int16)
    assert diverse([0, 1, 2, 3], rows, 4) == [0, 2, 3]
    assert diverse([1, 0, 2, 3], rows, 4) == [1, 2]
    assert diverse([3, 0, 2, 1], rows, 4) == [3, 0, 2]


def test_so_many_are_chosen_and_no_more():
    rows = table([[1, 0, 0], [0, 1, 0], [0, 0, 1]]).astype(np.int16)
    assert diverse([2, 0, 1], rows, 2) == [2, 0]
    assert diverse([], rows, 2) == []
