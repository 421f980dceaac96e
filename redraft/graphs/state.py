"""The state that all recipes share. Every field is typed, so that checkpoints can restore it."""

from typing import TypedDict

from redraft.core import Problem, Solution


class State(TypedDict):
    """`drafts` are the current round's; `candidates` are what a final vote may choose from.

    `round` counts finished rounds of a loop. `final` is the accepted solution and `counts` the
    recipe's own tallies. A run starts with `problem` alone: another key is missing until a node
    has written it.
    """

    problem: Problem
    drafts: list[Solution]
    candidates: list[Solution]
    round: int
    final: Solution | None
    counts: dict[str, int]
