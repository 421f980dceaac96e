"""Completions of the network without a server: for its own drafts, and to watch it learn."""

import copy
import math
from collections.abc import Iterable, Sequence

import torch
from network import Network
from tokenizers import Tokenizer
from tokens import END, Turn, encode, mark_id
from torch import Tensor

ROWS = 192


def reply(
    network: Network,
    tokenizer: Tokenizer,
    talks: Sequence[Sequence[Turn]],
    *,
    count: int = 1,
    temperature: float = 1.0,
    most: int = 128,
    seed: int = 0,
) -> list[list[str]]:
    """`count` replies to each of `talks`, of at most `most` tokens; greedy at temperature 0."""
    quick = copy.deepcopy(network).to(torch.bfloat16).eval()
    prompts = [encode(tokenizer, turns, "") for turns in talks]
    order = sorted(range(len(talks)), key=lambda place: prompts[place][1])
    chance = torch.Generator(quick.embed.weight.device).manual_seed(seed)
    made: list[list[str]] = [[] for _ in talks]
    size = max(1, ROWS // count)
    for places in (order[i : i + size] for i in range(0, len(order), size)):
        ids, start = _pad([prompts[place][0][: prompts[place][1]] for place in places])
        ids, start = ids.repeat_interleave(count, 0), start.repeat_interleave(count, 0)
        texts = _complete(quick, (ids, start), most, temperature, chance)
        for row, text in enumerate(tokenizer.decode_batch(texts)):
            made[places[row // count]].append(text)
    return made


def _pad(prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids (rows, length) padded on the left, and where each row begins."""
    length = 32 * math.ceil(max(len(prompt) for prompt in prompts) / 32)
    rows = [[0] * (length - len(prompt)) + list(prompt) for prompt in prompts]
    return torch.tensor(rows), torch.tensor([length - len(prompt) for prompt in prompts])


@torch.inference_mode()
def _complete(
    network: Network,
    prompts: tuple[Tensor, Tensor],
    most: int,
    temperature: float,
    chance: torch.Generator,
) -> list[list[int]]:
    ids, start = (part.to(network.embed.weight.device) for part in prompts)
    rows, length = ids.shape
    end = mark_id(END)
    cache = network.cache(rows, length + most)
    hidden = network(ids, cache, 0, start)
    texts: list[list[int]] = [[] for _ in range(rows)]
    going = [True] * rows
    for seen in range(length, length + most):
        chosen = _choose(network.logits(hidden[:, -1]).float(), temperature, chance)
        for row, token in enumerate(chosen.tolist()):
            going[row] = going[row] and token != end
            if going[row]:
                texts[row].append(token)
        if not any(going):
            break
        hidden = network(chosen[:, None], cache, seen, start)
    return texts


def _choose(scores: Tensor, temperature: float, chance: torch.Generator) -> Tensor:
    if temperature == 0.0:
        return scores.argmax(-1)
    shares = (scores / temperature).softmax(-1)
    return torch.multinomial(shares, 1, generator=chance)[:, 0]


def flatten(replies: Iterable[Sequence[str]]) -> list[str]:
    """The first reply to each talk."""
    return [texts[0] for texts in replies]
