"""Makes the handbooks, one for each seed: learnt from a run, written by hand, poisoned."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from handbook_on_abacus.poison import Proposal, candidates, clean_set, kinds_by_text, poison_set
from handbook_on_abacus.results import Counts, Entered
from handbook_on_abacus.study import BY_HAND, LEARNT, UNGATED, Study
from redraft import Model, Problem, solve
from redraft.core import Behavior
from redraft.jobs import RunFolder, take_over, write_traces
from redraft.memory import Outcome, open_store, propose, refusal

OWN = "learnt"
"""The kind of a behavior that nobody planted."""

Refusal = Callable[[Behavior, Problem | None], str | None]


@dataclass(frozen=True)
class Made:
    """A handbook in its folder, with what came of the behaviors that asked to enter."""

    name: str
    seed: int
    folder: Path
    entered: Entered
    kinds: Mapping[str, str]

    @property
    def path(self) -> Path:
        """The handbook itself."""
        return self.folder / "book.db"

    def kind_of(self, text: str) -> str:
        """What is known of a behavior by its words."""
        return self.kinds.get(text, OWN)


async def make(study: Study, name: str, seed: int, models: Mapping[str, Model]) -> Made:
    """The handbook `name` of one seed; made where it is not there."""
    folder = study.out / "books" / name / f"seed-{seed}"
    kept = folder / "entered.json"
    folder.mkdir(parents=True, exist_ok=True)
    proposals = [] if name == LEARNT else _proposals(study, name, seed)
    if kept.exists():
        entered = Entered.model_validate_json(kept.read_bytes())
    else:
        # Whatever stands here was not finished.
        for path in filter(Path.is_file, folder.glob("book.db*")):
            path.unlink()
        if name == LEARNT:
            entered = await _learn(study, folder, seed, models)
        else:
            entered = await _fill(folder, proposals, _open_gate if name == UNGATED else refusal)
        kept.write_text(entered.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return Made(name, seed, folder, entered, kinds_by_text(proposals))


def _proposals(study: Study, name: str, seed: int) -> list[Proposal]:
    problems = list(study.problems.values())
    if name == BY_HAND:
        return clean_set(study.shortcuts, problems)
    return poison_set(study.shortcuts, problems, Random(seed))


def _open_gate(behavior: Behavior, problem: Problem | None) -> None:
    """A gate that lets everything in."""


async def _learn(study: Study, folder: Path, seed: int, models: Mapping[str, Model]) -> Entered:
    """Solve training problems, look back at the solutions, and take over what they are worth.

    What `redraft solve` and `redraft handbook build` do.
    """
    settings, traces = study.settings_of(seed), folder / "traces.jsonl"
    await solve(study.training(seed), models=models, out=folder / "solved", settings=settings)
    write_traces(RunFolder(folder / "solved"), traces)
    await solve(traces, models=models, recipe="learn", out=folder / "learn", settings=settings)
    async with open_store(str(folder / "book.db")) as store:
        started = time.monotonic()
        taken = await take_over(store, RunFolder(folder / "learn"))
    return entered([(OWN, one) for one in taken.outcomes], time.monotonic() - started)


async def _fill(folder: Path, proposals: Sequence[Proposal], gate: Refusal) -> Entered:
    async with open_store(str(folder / "book.db")) as store:
        started = time.monotonic()
        outcomes = await propose(store, candidates(proposals), refusal=gate)
    kinds = (one.kind for one in proposals)
    return entered(zip(kinds, outcomes, strict=True), time.monotonic() - started)


def entered(outcomes: Iterable[tuple[str, Outcome]], seconds: float) -> Entered:
    """The outcomes of behaviors of each kind, counted."""
    did: defaultdict[str, Counter[str]] = defaultdict(Counter)
    refused: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind, outcome in outcomes:
        did[kind][outcome.did] += 1
        if outcome.did == "refused":
            refused[kind][plain(outcome.reason)] += 1
    return Entered(did=_counts(did), refused=_counts(refused), seconds=round(seconds, 3))


def _counts(counters: Mapping[str, Counter[str]]) -> dict[str, Counts]:
    return {kind: dict(counter) for kind, counter in counters.items()}


def plain(reason: str) -> str:
    """A reason for a refusal without what was found in this one text."""
    return re.sub(r"^it holds .*, (an?|the) ", r"it holds \1 ", reason).partition(":")[0]
