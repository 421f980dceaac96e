"""The benchmark's results as values: what `results.json` holds and the tables are made of."""

from typing import Literal

from redraft.core import Value
from redraft.jobs import Rate

Axis = Literal["b_total", "b_seq"]
Relation = Literal["above", "within", "below", "out of range"]


class CellResult(Value):
    """The figures of one cell over all seeds.

    `accuracy` is a share of problems with its interval, `by_seed` the share at each seed. Budgets
    are mean tokens a problem. `seconds` is the mean wall time of one seed over the `timed` seeds
    that ran without a break, `None` where none did. `began_right`, `right_to_wrong` and
    `wrong_to_right` count runs of problems, of `runs` in all.
    """

    name: str
    label: str
    curve: str
    recipe: str
    knobs: dict[str, object]
    oracle: bool
    runs: int
    accuracy: Rate
    by_seed: tuple[float, ...]
    b_total: float
    b_seq: float
    seconds: float | None
    timed: int
    began_right: int
    right_to_wrong: int
    wrong_to_right: int
    failures: dict[str, int]


class Comparison(Value):
    """A cell against a baseline of the same budget.

    `baseline` is the baseline's accuracy there, and `difference` the cell's accuracy minus it, in
    [-1, 1], with a paired interval over problems; both `None` where the baseline was not measured
    on both sides of that budget.
    """

    cell: str
    curve: str
    axis: Axis
    baseline: float | None
    difference: Rate | None
    relation: Relation


class Score(Value):
    """How well a claim holds: claimed `said` times, true `true` times, both `hit` times."""

    claim: str
    said: int
    true: int
    hit: int

    @property
    def precision(self) -> float | None:
        """The share of claims that are true."""
        return self.hit / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """The share of what is true that was claimed."""
        return self.hit / self.true if self.true else None


class Judge(Value):
    """What a critic or verifier said, by what is so: `rows` are counts of first drafts."""

    columns: tuple[str, ...]
    rows: dict[str, tuple[int, ...]]
    scores: tuple[Score, ...]


class Report(Value):
    """All of it. `weights` is the hash of the model's weights where Redraft started it."""

    model: str
    weights: str
    problems: int
    seeds: int
    concurrency: int
    max_tokens: int
    cores: int
    versions: dict[str, str]
    cells: tuple[CellResult, ...]
    comparisons: tuple[Comparison, ...]
    critic: Judge | None
    verifier: Judge | None
