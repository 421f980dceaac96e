"""Adds runs with a handbook up, each problem against the same one without."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from recipes_on_abacus.resampling import interval
from recipes_on_abacus.running import Run

from handbook_on_abacus.results import Against, Figures
from redraft import Record
from redraft.core import Recalled, Solution
from redraft.jobs import Rate

KindOf = Callable[[str], str]
Values = Mapping[str, float]
"""A mean over seeds for each problem, by its key."""


@dataclass(frozen=True)
class Spent:
    """A problem solved once: tokens of all calls, and how often behaviors of each kind were shown
    and cited."""

    problem: str
    right: bool
    output: int
    input: int
    shown: Counter[str]
    cited: int


Seeds = Sequence[Mapping[str, Spent]]
"""What was spent on each problem, seed by seed."""


def spent(run: Run, problems: Collection[str], kind_of: KindOf) -> dict[str, Spent]:
    """What each of `problems` came to in `run`."""
    return {one.key: _spent(one, kind_of) for one in run.results if one.key in problems}


def _spent(record: Record, kind_of: KindOf) -> Spent:
    shown = [
        behavior
        for artifact in record.artifacts
        if isinstance(artifact, Recalled)
        for behavior in artifact.shown
    ]
    texts = [one.text for one in record.artifacts if isinstance(one, Solution)]
    return Spent(
        problem=record.key,
        right=record.correct is True,
        output=sum(usage.output for usage in record.usage.values()),
        input=sum(usage.input for usage in record.usage.values()),
        shown=Counter(kind_of(behavior.instruction) for behavior in shown),
        cited=sum(any(behavior.name in text for text in texts) for behavior in shown),
    )


def figures(book: str, uses: int, seeds: Seeds, plain: Seeds | None) -> Figures:
    """What `seeds` came to, and the difference to `plain`, the same problems without a handbook."""
    every = [one for seed in seeds for one in seed.values()]
    shown = sum((one.shown for one in every), Counter[str]())
    return Figures(
        book=book,
        uses=uses,
        right=rate(_means(seeds, lambda one: one.right)),
        by_seed=tuple(fmean(one.right for one in seed.values()) for seed in seeds),
        output=rate(_means(seeds, lambda one: one.output)),
        input=rate(_means(seeds, lambda one: one.input)),
        against=None if plain is None else against(seeds, plain),
        shown=shown.total() / len(every),
        cited=sum(one.cited for one in every) / shown.total() if shown else 0.0,
        kinds={kind: count / shown.total() for kind, count in shown.items()},
    )


def against(seeds: Seeds, plain: Seeds) -> Against:
    """`seeds` minus `plain`, problem by problem and seed by seed."""
    both = _paired(seeds, plain, lambda one: one.output, right=True)
    return Against(
        right=rate(_paired(seeds, plain, lambda one: one.right)),
        output=rate(_paired(seeds, plain, lambda one: one.output)),
        input=rate(_paired(seeds, plain, lambda one: one.input)),
        output_right=rate(both) if both else None,
    )


def rate(values: Values) -> Rate:
    """The mean over problems with its 95 % interval (see `interval`)."""
    each = [values[problem] for problem in sorted(values)]
    low, high = interval(each)
    return Rate(value=fmean(each), low=low, high=high)


def _means(seeds: Seeds, value: Callable[[Spent], float]) -> Values:
    return _by_problem([(name, value(one)) for seed in seeds for name, one in seed.items()])


def _paired(
    seeds: Seeds, plain: Seeds, value: Callable[[Spent], float], *, right: bool = False
) -> Values:
    """The differences, with `right` only those of the runs in which both are right."""
    pairs = [
        (one, without[name])
        for seed, without in zip(seeds, plain, strict=True)
        for name, one in seed.items()
    ]
    return _by_problem(
        [
            (one.problem, value(one) - value(other))
            for one, other in pairs
            if not right or (one.right and other.right)
        ]
    )


def _by_problem(values: Sequence[tuple[str, float]]) -> Values:
    collected: defaultdict[str, list[float]] = defaultdict(list)
    for problem, value in values:
        collected[problem].append(value)
    return {problem: fmean(found) for problem, found in collected.items()}
