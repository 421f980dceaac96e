"""The table of texts already seen behaves as a dict does, at a fraction of its size."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from redraft.jobs.seen import Seen


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 2**63))))
def test_it_is_a_dict(entries):
    seen, model = Seen(), {}
    for text, value in entries:
        assert seen.get(text) == model.get(text)
        seen.add(text, value)
        model[text] = value
    assert len(seen) == len(model)
    assert all(seen.get(text) == value for text, value in model.items())


def test_it_grows_and_stays_small():
    tracemalloc.start()
    seen = Seen()
    for i in range(20_000):
        seen.add(f"problem-{i}", i)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(seen.get(f"problem-{i}") == i for i in range(20_000))
    assert all(seen.get(f"other-{i}") is None for i in range(20_000))
    assert size < 20_000 * 60
