"""Trains the network on the stream of lessons, and goes on where it was stopped."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from mixture import Example, Mixture, padded
from network import Network, Shape
from torch import Tensor, nn
from torch.nn import functional as F

from redraft.core import InputError

Report = Callable[[dict[str, float]], None]


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast: `steps` with a peak at `rate`, then `more` on harder stories.

    `warm` and `cool` are shares of the steps; the second part cools from its beginning on.
    """

    steps: int
    more: int = 1000
    rate: float = 3e-3
    warm: float = 0.02
    cool: float = 0.45
    decay: float = 0.02
    every: int = 100

    @property
    def total(self) -> int:
        """The steps of both parts."""
        return self.steps + self.more

    def rate_at(self, step: int) -> float:
        """The learning rate: up in a line, level, down in a line to a hundredth; then once more."""
        if step >= self.steps:
            return self.rate * max(0.01, 1.0 - (step - self.steps) / self.more)
        up = min(1.0, (step + 1) / (self.warm * self.steps))
        down = max(0.01, min(1.0, (1.0 - step / self.steps) / self.cool))
        return self.rate * up * down


class Trainer:
    """A network, its optimisers and the step they are at."""

    def __init__(self, shape: Shape, course: Course, seed: int, device: str) -> None:
        torch.manual_seed(seed)
        self.course, self.device, self.step, self.tokens = course, device, 0, 0
        self.network = Network(shape).to(device)
        matrices = [p for layer in self.network.layers for p in layer.parameters() if p.ndim == 2]
        rest = [p for p in self.network.parameters() if all(p is not m for m in matrices)]
        self.optimizers = (
            torch.optim.Muon(
                matrices, lr=course.rate, weight_decay=course.decay,
                adjust_lr_fn="match_rms_adamw",
            ),
            torch.optim.AdamW(rest, lr=course.rate, betas=(0.9, 0.98), weight_decay=0.0),
        )  # fmt: skip

    def run(self, mixture: Callable[[int], Mixture], folder: Path, report: Report) -> None:
        """Train to the end of the course, keeping a checkpoint in `folder`.

        `mixture` says which lessons a step is drawn from.
        """
        began, losses = time.monotonic(), []
        while self.step < self.course.total:
            groups = mixture(self.step).batch(self.step, self.course.steps)
            losses.append(self._learn(groups))
            self.step += 1
            self.tokens += sum(len(e.ids) for group in groups for e in group)
            if self.step % self.course.every == 0 or self.step == self.course.total:
                spent = time.monotonic() - began
                loss = sum(losses) / len(losses)
                report({
                    "step": self.step, "tokens": self.tokens, "loss": round(loss, 5),
                    "seconds": round(spent, 1),
                })  # fmt: skip
                began, losses = time.monotonic(), []
                self.save(folder)

    def _learn(self, groups: Sequence[Sequence[Example]]) -> float:
        rate = self.course.rate_at(self.step)
        for optimizer in self.optimizers:
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad(set_to_none=True)
        taught = sum(len(e.ids) - e.begin for group in groups for e in group)
        total = 0.0
        for group in groups:
            with torch.autocast(self.device, torch.bfloat16):
                loss = self._loss(group) / taught
            loss.backward()
            total += float(loss.detach())
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        return total

    def _loss(self, group: Sequence[Example]) -> Tensor:
        ids, taught = pad(group)
        ids, taught = ids.to(self.device), taught.to(self.device)
        hidden = self.network(ids[:, :-1])
        logits = self.network.logits(hidden[taught[:, 1:]])
        return F.cross_entropy(logits.float(), ids[:, 1:][taught[:, 1:]], reduction="sum")

    def save(self, folder: Path) -> None:
        """Write the checkpoint; an interrupted write leaves the one before."""
        state = {
            "step": self.step,
            "tokens": self.tokens,
            "course": asdict(self.course),
            "shape": asdict(self.network.shape),
            "network": self.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        torch.save(state, folder / "checkpoint.part")
        (folder / "checkpoint.part").replace(folder / "checkpoint.pt")

    def load(self, folder: Path) -> bool:
        """Go on from the checkpoint in `folder`; whether there is one.

        Raises `InputError` when that is of a network of another shape.
        """
        path = folder / "checkpoint.pt"
        if not path.is_file():
            return False
        state = torch.load(path, map_location=self.device, weights_only=True)
        own = asdict(self.network.shape)
        other = [f"{key} {value}" for key, value in state["shape"].items() if value != own[key]]
        if other:
            raise InputError(
                f"{path}: made with {', '.join(other)}; train another shape in another folder"
            )
        self.step, self.tokens = state["step"], state["tokens"]
        self.network.load_state_dict(state["network"])
        for optimizer, kept in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        return True


def pad(group: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Ids (rows, length), padded on the right, and which of them are taught."""
    length = padded(max(len(example.ids) for example in group)) + 1
    ids = torch.zeros(len(group), length, dtype=torch.long)
    taught = torch.zeros(len(group), length, dtype=torch.bool)
    for row, example in enumerate(group):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        taught[row, example.begin : len(example.ids)] = True
    return ids, taught


def append(path: Path, line: dict[str, float]) -> None:
    """Add one line of figures to the curve."""
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
