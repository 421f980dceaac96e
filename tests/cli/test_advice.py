"""What the command line says of its own accord."""

from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--run-budget-total", "9000"], True),
        (["--budget-total", "9000", "--max-tokens", "64"], False),
        (["--budget-calls", "3"], False),
    ],
)
def test_a_token_budget_without_a_cap_is_advised_upon(here: Path, serve, redraft, options, told):
    where = ["--recipe", "single", "--endpoint", serve().url, "--model", "mock", "--out", "run"]
    status, _, said = redraft("solve", "problems.jsonl", *where, *options)
    assert status == 0
    assert ("without --max-tokens" in said) is told
