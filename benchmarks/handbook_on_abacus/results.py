"""The figures as values: what `handbook.json` holds and the tables are made of."""

from recipes_on_abacus.results import Comparison

from redraft.core import Value
from redraft.jobs import Rate
from redraft.memory import Lift

Counts = dict[str, int]
"""How many, by a word."""


class Entered(Value):
    """What came of the behaviors that asked to enter a handbook.

    `did` counts outcomes ("added", "merged", "refused", "unchanged") and `refused` the reasons of
    refusals, both by kind. `seconds` is how long the curator took for all.
    """

    did: dict[str, Counts]
    refused: dict[str, Counts]
    seconds: float


class Stage(Value):
    """A handbook after `uses` problems, at `version`.

    `standing` counts behaviors by kind and status, `shown` by kind how often they stood in a
    prompt so far. The lifts are those of `redraft handbook report`: problems with behaviors shown
    against those with all of them held back.
    """

    uses: int
    version: int
    standing: dict[str, Counts]
    shown: Counts
    accuracy: Lift
    output_tokens: Lift
    input_tokens: Lift


class Against(Value):
    """A cell minus `single`, paired by problem: shares and tokens with their 95 % intervals.

    `output_right` is about problems that both solved, `None` where there are none.
    """

    right: Rate
    output: Rate
    input: Rate
    output_right: Rate | None


class Figures(Value):
    """What solving the test problems came to: a mean over problems and seeds each.

    `right` is a share, `output` and `input` are tokens a problem, of all calls. `shown` counts
    behaviors in a prompt, `cited` is the share of them that the solution names and `kinds` their
    shares by kind. `uses` is how many problems the handbook called `book` had been used on before.
    """

    book: str
    uses: int
    right: Rate
    by_seed: tuple[float, ...]
    output: Rate
    input: Rate
    against: Against | None
    shown: float
    cited: float
    kinds: dict[str, float]


class Book(Value):
    """A handbook made once for every seed: what entered it, and its stages, by seed."""

    name: str
    entered: tuple[Entered, ...]
    stages: tuple[tuple[Stage, ...], ...]


class Row(Value):
    """A recipe that asks several times, with its mean tokens a problem, in and out of all calls."""

    name: str
    label: str
    right: Rate
    b_total: float


class Report(Value):
    """All of it. `weights` is the hash of the model's weights where Redraft started it.

    `figures` begin with `single`, without a handbook. `improving` compares with critique-and-revise
    at the same `B_total`.
    """

    model: str
    weights: str
    problems: int
    seeds: int
    learn_from: int
    concurrency: int
    max_tokens: int
    cores: int
    versions: dict[str, str]
    figures: tuple[Figures, ...]
    books: tuple[Book, ...]
    rows: tuple[Row, ...]
    improving: tuple[Comparison, ...]
