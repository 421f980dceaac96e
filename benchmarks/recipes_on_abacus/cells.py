"""The cells of the benchmark: one recipe with its knobs each, and the baselines' curves.

A label such as `4 > 2 > 1` counts the drafts of each round of `pdr`, whose last round of one draft
comes by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from recipes_on_abacus.probe import verified
from redraft import RECIPES, Recipe
from redraft.core import InputError


@dataclass(frozen=True)
class Cell:
    """A recipe with its knobs. `name` is its folder, `label` its row; `curve` its baseline."""

    name: str
    label: str
    recipe: Recipe
    knobs: Mapping[str, object] = field(default_factory=dict[str, object])
    curve: str = ""

    @property
    def oracle(self) -> bool:
        """Whether it looks at gold answers to steer itself."""
        return "oracle" in self.knobs.values()


LONGER, VOTE = "one answer, rewritten", "vote"
RETRY, CRITIQUE = "plain retry", "critique and revise"
CURVES = (LONGER, VOTE, RETRY, CRITIQUE)
"""The baselines; each curve starts at `SINGLE` and goes through the cells that name it."""

SINGLE, JUDGED, PROBE = "single", "critique-always-1", "verifier"
"""Cells with a part of their own: where curves start, whose critiques and verdicts are judged."""


def _vote(n: int) -> Cell:
    return Cell(f"vote-{n}", f"vote, n={n}", RECIPES["vote"], {"n": n}, VOTE)


def _sequential(rounds: int) -> Cell:
    label = f"sequential, {rounds} versions"
    return Cell(f"sequential-{rounds}", label, RECIPES["sequential"], {"rounds": rounds}, LONGER)


def _pdr(name: str, label: str, *widths: int, **knobs: object) -> Cell:
    return Cell(f"pdr-{name}", f"pdr, {label}", RECIPES["pdr"], {"widths": widths, **knobs})


def _critique(gate: str, rounds: int, curve: str = "") -> Cell:
    label = f"critique, gate={gate}, rounds={rounds}"
    knobs = {"gate": gate, "rounds": rounds}
    short = {"only_if_wrong": "gated"}.get(gate, gate)
    return Cell(f"critique-{short}-{rounds}", label, RECIPES["critique"], knobs, curve)


def _retry(rounds: int) -> Cell:
    label, knobs = f"plain retry, rounds={rounds}", {"revise": "anew", "rounds": rounds}
    return Cell(f"retry-{rounds}", label, RECIPES["critique"], knobs, RETRY)


_EACH = "per_sample_top_k"
CELLS: Sequence[Cell] = (
    Cell(SINGLE, "single", RECIPES["single"]),
    *(_vote(n) for n in (3, 16)),
    *(_sequential(rounds) for rounds in (2, 5)),
    _retry(3),
    _critique("always", 1, CRITIQUE),
    *(_critique("only_if_wrong", rounds) for rounds in (1, 3)),
    _critique("oracle", 1),
    *(_pdr(f"summary-{n}", f"summary, {n} > 1", n) for n in (2, 4)),
    _pdr("top_k-4", "top_k of 2, 4 > 1", 4, distiller="top_k", k=2),
    _pdr("random_k-4", "random_k of 2, 4 > 1", 4, distiller="random_k", k=2),
    # With one branch to choose for, per_sample_top_k asks what top_k asks.
    _pdr("each-top_k-4-2", "per_sample_top_k of 2, 4 > 2 > 1", 4, 2, distiller=_EACH, k=2),
    Cell(PROBE, "verifier on first drafts", verified),
)


def chosen(names: Sequence[str]) -> list[Cell]:
    """The cells called `names`, all for none; raises `InputError` for a name that is none."""
    by_name = {cell.name: cell for cell in CELLS}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise InputError(f"--cells: no cell {unknown[0]!r} (known: {', '.join(by_name)})")
    return [cell for cell in CELLS if not names or cell.name in names]
