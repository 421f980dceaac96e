"""The stream of lessons: which roles, how often and at which levels, as batches of token ids."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lessons import LESSONS, case
from story import Level, Story, draw
from tokenizers import Tokenizer
from tokens import Turn, encode

from redraft.agents import load_prompts

SHARES: Mapping[str, float] = {
    "draft": 14, "critique": 38, "revise": 8, "verify": 9, "refine_summary": 5,
    "refine_attempts": 5, "distill": 5, "select": 3, "rewrite": 2, "analyse": 1.5,
    "rewrite_analysed": 1, "hint": 1, "hinted": 1, "reflect": 1.5, "extract": 1, "behave": 16,
}  # fmt: skip
EASY = tuple(Level(reach=reach, limit=999) for reach in (30, 99, 99, 200, 300, 400))
HARD = tuple(Level(reach=reach) for reach in (99, 400, 1000, 2000, 5000))
LONGEST = 1280
BLOCK = 8
Drafts = Sequence[tuple[Story, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Example:
    """The ids of one conversation; the model is taught from `begin` on."""

    ids: Sequence[int]
    begin: int


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """What lessons are drawn from.

    `drafts` are attempts of a model's own, where there are any; `behaving` is the share of the
    lessons with behaviors, beside those in `SHARES`.
    """

    tokenizer: Tokenizer
    seed: int
    levels: Sequence[Level] = EASY
    tokens: int = 12_288
    drafts: Drafts = ()
    behaving: float = SHARES["behave"]

    def batch(self, step: int, steps: int) -> list[list[Example]]:
        """The examples of one of `steps` training steps, in groups of like length.

        The same for the same arguments, so that training can go on where it stopped.
        """
        block, place = divmod(step, BLOCK)
        return _block(self, block, block * BLOCK / steps)[place::BLOCK]

    def example(self, rng: random.Random, progress: float) -> Example:
        """One example. Bare calculations come first, other agents' work later."""
        turns, reply = talk(rng, *self._chosen(rng, progress))
        return Example(*encode(self.tokenizer, turns, reply))

    def _chosen(self, rng: random.Random, progress: float) -> tuple[str, Story, Sequence[str]]:
        chance = rng.random()
        bare = max(0.06, 0.5 - 2.2 * progress)
        if chance < bare:
            bare_level = replace(rng.choice(self.levels), least=4, most=12, asides=0.0, plain=True)
            return "draft", draw(rng, bare_level, "train"), ()
        if chance < bare + max(0.0, 0.5 - 2.0 * progress):
            return "draft", _story(rng, self.levels), ()
        shares = {**SHARES, "behave": self.behaving}
        name = rng.choices(list(shares), list(shares.values()))[0]
        if name == "behave":
            return name, _telling(rng, self.levels), ()
        if self.drafts and name != "draft" and rng.random() < 0.75:
            return name, *rng.choice(self.drafts)
        return name, _story(rng, self.levels), ()


@lru_cache(maxsize=2)
def _block(mixture: Mixture, block: int, progress: float) -> list[list[Example]]:
    """The groups of `BLOCK` steps, cut from one sorted heap so that little is padding."""
    rng = random.Random(f"{mixture.seed}:{block}")
    examples: list[Example] = []
    total = 0
    while total < mixture.tokens * BLOCK:
        example = mixture.example(rng, progress)
        if len(example.ids) <= LONGEST:
            examples.append(example)
            total += len(example.ids)
    examples.sort(key=lambda example: len(example.ids), reverse=True)
    groups = list(_groups(examples, mixture.tokens // 2))
    rng.shuffle(groups)
    return groups


def _story(rng: random.Random, levels: Sequence[Level]) -> Story:
    return draw(rng, rng.choice(levels), "train")


def _telling(rng: random.Random, levels: Sequence[Level]) -> Story:
    """A story in which detours are frequent; a third are bare calculations."""
    level, chance = rng.choice(levels), rng.random()
    if chance < 0.7:
        level = replace(level, detours=0.5)
    if chance < 0.35:
        level = replace(level, asides=0.0, plain=True)
    return draw(rng, level, "train")


def talk(
    rng: random.Random, name: str, story: Story, attempts: Sequence[str]
) -> tuple[list[Turn], str]:
    """The turns of a lesson as Redraft sends them, and the reply that is taught."""
    own = (lambda count: rng.choices(attempts, k=count)) if attempts else None
    lesson = LESSONS[name](case(story, rng, own))
    return asked(lesson.prompt, story, lesson.values), lesson.reply


def asked(name: str, story: Story, values: Mapping[str, str]) -> list[Turn]:
    """The turns of the prompt `name` about `story`, with `values` in its other holes."""
    prompt = load_prompts(prompt_set="compact")[name]
    filled = prompt.fill({"problem": story.text, **values})
    return [(message.role, message.content) for message in filled]


def _groups(examples: Sequence[Example], tokens: int) -> Iterator[list[Example]]:
    """`examples`, longest first, in groups of about `tokens` with padding.

    Equal lengths give equal numbers of rows: every new shape costs a compiled kernel on a CPU.
    """
    place = 0
    while place < len(examples):
        rows = max(1, tokens // padded(len(examples[place].ids)))
        yield list(examples[place : place + rows])
        place += rows


def padded(length: int) -> int:
    """`length` less one, since the last token is only predicted, rounded up to few sizes."""
    step = 32 if length <= 320 else 64
    return step * math.ceil((length - 1) / step)


def corpus(seed: int, count: int) -> Iterator[str]:
    """Texts that show the tokenizer every kind of lesson."""
    rng = random.Random(f"corpus:{seed}")
    for _ in range(count):
        name = rng.choices(list(SHARES), list(SHARES.values()))[0]
        turns, reply = talk(rng, name, _story(rng, EASY), ())
        yield from (content for _, content in turns)
        yield reply
