"""Whatever the judge says, the board is the best of all that was ever put on it."""

from hypothesis import given
from hypothesis import strategies as st

from redraft.core import Solution, Verdict
from redraft.graphs.board import Entry, converged, top

scores = st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1)
rounds = st.lists(st.lists(scores, max_size=6), max_size=6)
sizes = st.integers(1, 5)


def entry(score: float | None, round_: int, place: int) -> Entry:
    verdict = None if score is None else Verdict(outcome="passed", score=score)
    solution = Solution(id=f"{round_}-{place}", text="")
    return Entry(solution=solution, verdict=verdict, round=round_, place=place)


def entries(rounds: list[list[float | None]]) -> list[list[Entry]]:
    return [
        [entry(score, number, place) for place, score in enumerate(scores)]
        for number, scores in enumerate(rounds)
    ]


@given(rounds, sizes)
def test_the_board_is_the_top_of_all_seen(rounds: list[list[float | None]], most: int):
    board: list[Entry] = []
    seen: list[Entry] = []
    for new in entries(rounds):
        board = top([*board, *new], most)
        seen += new
        assert len(board) == min(most, len(seen))
        assert [one.score for one in board] == sorted((e.score for e in seen), reverse=True)[:most]
        assert board == top(seen, most)


@given(rounds, sizes, st.randoms(use_true_random=False))
def test_the_order_of_arrival_in_a_round_changes_nothing(
    rounds: list[list[float | None]], most: int, chance
):
    seen = [one for new in entries(rounds) for one in new]
    mixed = chance.sample(seen, len(seen))
    assert top(mixed, most) == top(seen, most)


@given(rounds, sizes, st.floats(0.01, 1))
def test_a_board_has_converged_when_so_many_are_good_enough(
    rounds: list[list[float | None]], most: int, enough: float
):
    seen = [one for new in entries(rounds) for one in new]
    good = sum(one.score >= enough for one in seen)
    assert converged(top(seen, most), most, enough) == (good >= most)
