"""What is measured: the handbooks, the problems that they are made of, used on and tested on."""

import importlib.util
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from handbook_on_abacus.poison import Shortcuts
from redraft import Problem, Settings
from redraft.core import InputError

ABACUS = Path(__file__).parents[2] / "examples" / "abacus"

LEARNT, BY_HAND = "learnt", "by-hand"
POISONED, UNGATED = "poisoned", "ungated"
IMPROVING = "self-improve"
PARTS = (LEARNT, BY_HAND, POISONED, UNGATED, IMPROVING)
"""The handbooks by name, and the comparison of `self_improve`."""

LABELS = {
    LEARNT: "learnt from training problems",
    BY_HAND: "written by hand",
    POISONED: "poisoned, through the gate",
    UNGATED: "poisoned, without the gate",
}


@dataclass(frozen=True)
class Study:
    """What to run. `problems` are the test problems by key; `settings` lack seed and handbook.

    `stages` count the problems on which a handbook was used when it is tested, from 0 on, and
    `learn_from` the training problems of the learnt one. `shortcuts` are those written by hand.
    """

    problems: Mapping[str, Problem]
    parts: Sequence[str]
    seeds: int
    stages: Sequence[int]
    learn_from: int
    shortcuts: Shortcuts
    settings: Settings
    out: Path

    @property
    def books(self) -> list[str]:
        """The names of the handbooks to run."""
        return [part for part in self.parts if part != IMPROVING]

    def settings_of(self, seed: int, book: Path | None = None) -> Settings:
        """The settings of one seed, which may read a handbook."""
        given = {"seed": seed, "handbook": None if book is None else str(book)}
        return self.settings.model_copy(update=given)

    def training(self, seed: int) -> Path:
        """The file of the problems that a handbook is learnt from."""
        return self.out / "problems" / f"learn-{seed}.jsonl"

    def used_on(self, seed: int) -> Path:
        """The file of the problems that handbooks are used on."""
        return self.out / "problems" / f"use-{seed}.jsonl"


def chosen(text: str) -> list[str]:
    """The parts named in `text` with commas, all for none; raises `InputError` for another."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise InputError(f"--parts: no part {unknown[0]!r} (known: {', '.join(PARTS)})")
    return [part for part in PARTS if not names or part in names]


def claim_sizes(study: Study) -> None:
    """Keep the sizes of `study` in its folder, and write the training problems of every seed.

    Raises `InputError` where the folder holds a study of other sizes: its handbooks saw others.
    """
    path = study.out / "sizes.txt"
    uses = ",".join(map(str, study.stages[1:]))
    mine = f"--count {len(study.problems)} --learn-from {study.learn_from} --uses {uses}\n"
    if path.exists() and path.read_text(encoding="utf-8") != mine:
        raise InputError(
            f"{study.out}: holds a study of other sizes ({path.name}); choose another folder with "
            "--out, or delete this one"
        )
    path.write_text(mine, encoding="utf-8")
    for seed in range(study.seeds):
        _write(study.training(seed), 1000 + seed, study.learn_from)
        _write(study.used_on(seed), 2000 + seed, max(study.stages))


def _write(path: Path, seed: int, count: int) -> None:
    """`count` training problems of Abacus; the same seed gives the same first ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = ("--split", "train", "--seed", str(seed), "--count", str(count))
    command = (sys.executable, str(ABACUS / "problems.py"), *numbers)
    path.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def shortcuts() -> Shortcuts:
    """The behaviors that Abacus was shown in training."""
    spec = importlib.util.spec_from_file_location("behaviors", ABACUS / "behaviors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SHORTCUTS
