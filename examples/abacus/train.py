"""Trains Abacus, or goes on where it was stopped: `python examples/abacus/train.py`.

Three times on the way the network writes drafts of its own; from then on the lessons show mostly
its own mistakes, not invented ones. The last part has harder stories, and more behaviors.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "2048")

import torch
from checking import answer, first_wrong_step
from mixture import EASY, HARD, SHARES, Drafts, Mixture, asked, corpus, talk
from network import Shape
from sampling import flatten, reply
from solution import solve
from story import STANDARD, Level, Story, draw, stories
from tokenizers import Tokenizer
from tokens import make_tokenizer
from training import Course, Trainer, append

from redraft.core import InputError

SEED = 20
PER_HEAD = 48
OWN = (0.4, 0.7, 1.0)
BEHAVING = 60.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Train to the end of the course; a second call goes on where the first was stopped."""
    options = _options(arguments)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(folder)
    shape = sized(tokenizer.get_vocab_size(), options.hidden, options.layers)
    trainer = Trainer(
        shape, Course(options.steps, options.more, options.rate), SEED, options.device
    )
    try:
        going = trainer.load(folder)
    except InputError as error:
        raise SystemExit(f"error: {error}") from None
    size = sum(weights.numel() for weights in trainer.network.parameters())
    print(f"{size:,} parameters; step {trainer.step} of {trainer.course.total}", flush=True)
    if not going:
        (folder / "curve.jsonl").unlink(missing_ok=True)

    @cache
    def term(number: int) -> Mixture:
        if number == 0:
            return Mixture(tokenizer, SEED)
        kept, last = folder / f"drafts-{number}.json", number == len(OWN)
        levels, count = (HARD, options.own // 2) if last else (EASY, options.own)
        drafts = _drafts(kept, trainer, tokenizer, count, levels)
        behaving = BEHAVING if last else SHARES["behave"]
        return Mixture(tokenizer, SEED + number, levels, drafts=drafts, behaving=behaving)

    def mixture(step: int) -> Mixture:
        return term(sum(step >= share * options.steps for share in OWN))

    def report(line: dict[str, float]) -> None:
        if line["step"] % 500 == 0 or line["step"] == trainer.course.total:
            line |= watch(trainer, tokenizer)
        append(folder / "curve.jsonl", line)
        print(json.dumps(line), flush=True)

    trainer.run(mixture, folder, report)


def sized(vocabulary: int, hidden: int, layers: int) -> Shape:
    """A network of any width in the proportions of Abacus."""
    return Shape(
        vocabulary, hidden, layers, heads=hidden // PER_HEAD, feed_forward=hidden * 10 // 3
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--out", type=Path, default=Path("runs/abacus-training"))
    parser.add_argument("--steps", type=int, default=2000, help="training steps (2000)")
    parser.add_argument("--more", type=int, default=1000, help="steps on harder stories (1000)")
    parser.add_argument("--rate", type=float, default=3e-3, help="peak learning rate (0.003)")
    parser.add_argument("--layers", type=int, default=4, help="layers (4)")
    parser.add_argument("--hidden", type=_width, default=192, help="hidden size (192)")
    parser.add_argument("--own", type=int, default=3000, help="stories for own drafts (3000)")
    default = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=default)
    return parser.parse_args(arguments)


def _width(text: str) -> int:
    width = int(text)
    if width <= 0 or width % PER_HEAD:
        raise argparse.ArgumentTypeError(f"{text} is no positive multiple of {PER_HEAD}")
    return width


def _tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        make_tokenizer(corpus(SEED, 12_000)).save(str(path))
    return Tokenizer.from_file(str(path))


def _drafts(
    path: Path, trainer: Trainer, tokenizer: Tokenizer, count: int, levels: Sequence[Level]
) -> Drafts:
    """Four drafts of the network's own on each of `count` training stories, kept in a file."""
    rng = random.Random(f"own:{path.stem}")
    told = [draw(rng, rng.choice(levels[2:]), "train") for _ in range(count)]
    if not path.is_file():
        began = time.monotonic()
        made = _draft(trainer, tokenizer, told, 4, 1.0)
        path.write_text(json.dumps(made))
        print(f"wrote {4 * count} drafts in {time.monotonic() - began:.0f} s", flush=True)
    made = json.loads(path.read_text())
    if len(made) != count:
        raise SystemExit(
            f"error: {path} holds drafts of {len(made)} stories, not {count}: see --own"
        )
    return list(zip(told, made, strict=True))


def _draft(
    trainer: Trainer,
    tokenizer: Tokenizer,
    told: list[Story],
    count: int,
    temperature: float,
    lesson: str = "draft",
) -> list[list[str]]:
    rng = random.Random(0)
    talks = [talk(rng, lesson, story, ())[0] for story in told]
    return reply(trainer.network, tokenizer, talks, count=count, temperature=temperature, seed=SEED)


def watch(trainer: Trainer, tokenizer: Tokenizer, count: int = 64) -> dict[str, float]:
    """Shares of development stories: right drafts, sampled, greedy and by behaviors, and right
    critiques."""
    source = stories("dev", SEED, STANDARD)
    told = [next(source) for _ in range(count)]
    sampled = flatten(_draft(trainer, tokenizer, told, 1, 1.0))
    greedy = flatten(_draft(trainer, tokenizer, told, 1, 0.0))
    helped = flatten(_draft(trainer, tokenizer, told, 1, 1.0, "behave"))
    pairs = list(zip(told, sampled, strict=True))
    shown = [asked("critique", story, {"solution": draft}) for story, draft in pairs]
    critiques = flatten(reply(trainer.network, tokenizer, shown, temperature=0.0, most=480))
    said = [critique.rpartition("final answer: ")[2] for critique in critiques]
    wrong = [first_wrong_step(solve(story)[0], draft) is not None for story, draft in pairs]
    judged = list(zip(said, wrong, strict=True))
    return {
        "sampled": _right(told, sampled),
        "greedy": _right(told, greedy),
        "behaving": _right(told, helped),
        "critic_on_right": _share([verdict == "Correct" for verdict, bad in judged if not bad]),
        "critic_on_wrong": _share([verdict == "Wrong" for verdict, bad in judged if bad]),
    }


def _right(told: list[Story], texts: list[str]) -> float:
    return _share([answer(t) == str(solve(s)[1]) for s, t in zip(told, texts, strict=True)])


def _share(values: list[bool]) -> float:
    return round(sum(values) / max(1, len(values)), 3)


if __name__ == "__main__":
    main()
