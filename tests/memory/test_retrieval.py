"""Rankings are fused, evidence is drawn from posteriors, and near duplicates are left out."""

from statistics import mean, pstdev

import numpy as np
import pytest

from redraft.memory.embedding import table
from redraft.memory.entry import Entry, Use, wording_of
from redraft.memory.retrieval import diverse, fuse, highest, sampled_lifts, tally, weighed

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


def drawn(row: tuple[int, int, int, int], salt: str) -> float:
    """One draw, of what has these uses: shown right, shown wrong, held right, held wrong."""
    [lift] = sampled_lifts(np.array([row], np.int32), salt)
    return float(lift)


def test_uses_are_counted_by_group_and_outcome():
    uses = [
        use("a", shown=True, correct=True),
        use("a", shown=True, correct=True),
        use("a", shown=True, correct=False),
        use("a", shown=False, correct=True),
        use("b", shown=False, correct=False),
        use("gone", shown=True, correct=True),
    ]
    entries = [Entry(name=name, instruction="x") for name in "abc"]
    assert tally(entries, uses).tolist() == [[2, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert tally([], uses).shape == (0, 4)


def test_uses_of_other_words_are_not_counted():
    entries = [Entry(name="a", instruction="x")]
    old = use("a", shown=True, correct=True).model_copy(update={"wording": wording_of("y")})
    own = old.model_copy(update={"wording": wording_of("x")})
    assert tally(entries, [old, own]).tolist() == [[1, 0, 0, 0]]


def test_where_everything_was_held_back_nothing_is_counted():
    entries = [Entry(name="a", instruction="x")]
    assert not tally(entries, [use("a", shown=False, correct=True, all_held=True)]).any()


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


def test_draws_are_the_same_in_every_process():
    counts = np.array([[0, 0, 0, 0], [3, 1, 2, 2], [0, 0, 0, 0]], np.int32)
    expected = [0.3097190167704864, -0.08186887198633652, -0.3014576755503774]
    assert sampled_lifts(counts, "salt") == pytest.approx(expected)
    assert sampled_lifts(counts[:0], "salt").tolist() == []


def test_a_draw_depends_on_salt_and_uses():
    assert drawn((5, 5, 2, 2), "x") == drawn((5, 5, 2, 2), "x")
    assert drawn((5, 5, 2, 2), "x") != drawn((5, 5, 2, 2), "y")
    assert drawn((5, 5, 2, 2), "x") != drawn((2, 2, 5, 5), "x")
    assert drawn((5, 5, 2, 2), "x") != drawn((0, 0, 0, 0), "x")
    assert len(set(sampled_lifts(np.zeros((50, 4), np.int32), "\ud800").tolist())) == 50


def test_the_lift_of_a_newcomer_is_0_on_average_and_wide():
    lifts = [drawn((0, 0, 0, 0), salt) for salt in SALTS]
    assert abs(mean(lifts)) < 0.08
    assert 0.35 < pstdev(lifts) < 0.47
    assert all(-1 < lift < 1 for lift in lifts)


@pytest.mark.parametrize(
    ("uses", "expected"),
    [((80, 20, 40, 60), 0.4), ((40, 60, 80, 20), -0.4), ((50, 50, 50, 50), 0.0)],
)
def test_the_lift_of_a_known_one_is_near_what_was_seen(
    uses: tuple[int, int, int, int], expected: float
):
    lifts = [drawn(uses, salt) for salt in SALTS]
    assert mean(lifts) == pytest.approx(expected, abs=0.03)
    assert pstdev(lifts) < 0.1


def test_the_highest_come_first_and_ties_by_place():
    lifts = np.random.default_rng(0).integers(-50, 50, 5_000) / 50
    assert list(highest(lifts)) == np.argsort(-lifts, kind="stable").tolist()
    assert list(highest(lifts[:0])) == []


def test_without_evidence_relevance_decides():
    assert weighed([5, 3, 4], [0.0, 0.0, 0.0]) == [5, 3, 4]


def test_evidence_moves_neighbours():
    assert weighed([5, 3, 4], [-0.4, 0.4, 0.0]) == [3, 5, 4]


def test_evidence_never_beats_a_far_better_rank():
    places = list(range(20))
    assert weighed(places, [-1.0, *[1.0] * 19]).index(0) == 6


def test_what_says_nearly_the_same_is_left_out():
    rows = table([[1, 0], [1, 0.3], [0, 1], [1, 0.6]]).astype(np.int16)
    assert diverse([0, 1, 2, 3], rows, 4) == [0, 2, 3]
    assert diverse([1, 0, 2, 3], rows, 4) == [1, 2]
    assert diverse([3, 0, 2, 1], rows, 4) == [3, 0, 2]


def test_so_many_are_chosen_and_no_more():
    rows = table([[1, 0, 0], [0, 1, 0], [0, 0, 1]]).astype(np.int16)
    assert diverse([2, 0, 1], rows, 2) == [2, 0]
    assert diverse([], rows, 2) == []
