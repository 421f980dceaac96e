"""Stop strings cut a text in the same place however it comes."""

from hypothesis import given
from hypothesis import strategies as st

from redraft.server.cutting import Stops

TEXT = st.text("ab\n", max_size=24)
STOPS = st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3)


def fed(stops: list[str], parts: list[str]) -> tuple[str, bool]:
    cut = Stops(stops)
    told = "".join(cut.feed(part) for part in parts)
    return told + cut.rest(), cut.hit


@given(STOPS, st.lists(TEXT, max_size=6))
def test_pieces_make_no_difference(stops, parts):
    assert fed(stops, parts) == fed(stops, ["".join(parts)])


@given(STOPS, TEXT)
def test_what_passes_is_the_beginning_before_the_stop_that_is_complete_first(stops, text):
    told, hit = fed(stops, list(text))
    assert text.startswith(told)
    assert hit == any(stop in text for stop in stops)
    assert hit or told == text
    if hit:
        ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
        assert any(text[: min(ends)] == told + stop for stop in stops)
