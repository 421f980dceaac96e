"""Each error names the boundary it crossed, and carries what its handler needs."""

from redraft.core import (
    BudgetError,
    EngineError,
    GraphError,
    InputError,
    ModelError,
    OutputError,
    RedraftError,
    StoreError,
)

ERRORS = [
    InputError("x"),
    ModelError("x"),
    OutputError("x"),
    BudgetError("x", limit="calls"),
    EngineError("x"),
    StoreError("x"),
    GraphError("x"),
]


def test_all_are_ours_and_read_as_their_message():
    assert all(isinstance(error, RedraftError) and str(error) == "x" for error in ERRORS)


def test_their_kinds_tell_them_apart():
    kinds = [error.kind for error in ERRORS]
    assert kinds == ["input", "model", "output", "budget", "engine", "store", "graph"]


def test_a_model_error_says_whether_to_try_again():
    busy = ModelError("busy", status=429, transient=True, retry_after=1.5)
    assert (busy.status, busy.transient, busy.retry_after) == (429, True, 1.5)
    assert not ModelError("no such model", status=404).transient


def test_a_budget_error_names_its_limit():
    assert BudgetError("spent", limit="seconds").limit == "seconds"
