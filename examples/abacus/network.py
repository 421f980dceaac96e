"""The network: a Qwen3 decoder in plain PyTorch, with names that turn into those of Qwen3."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network. Heads share no keys or values; both embeddings are one."""

    vocabulary: int
    hidden: int = 192
    layers: int = 4
    heads: int = 4
    head: int = 64
    feed_forward: int = 640
    theta: float = 10_000.0
    epsilon: float = 1e-6


Cache = list[tuple[Tensor, Tensor]]
"""Keys and values of each layer, (rows, heads, room, head), filled from the left."""


class Norm(nn.Module):
    """Root-mean-square normalisation with a learnt scale."""

    def __init__(self, size: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """`x` over its root mean square, (..., size), times the scale."""
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


class Layer(nn.Module):
    """Attention with normalised queries and keys, then a gated feed-forward part."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.before_attention = Norm(shape.hidden, shape.epsilon)
        self.before_feeding = Norm(shape.hidden, shape.epsilon)
        self.q_norm = Norm(shape.head, shape.epsilon)
        self.k_norm = Norm(shape.head, shape.epsilon)
        self.qkv = nn.Linear(shape.hidden, 3 * shape.heads * shape.head, bias=False)
        self.out = nn.Linear(shape.heads * shape.head, shape.hidden, bias=False)
        self.gate_up = nn.Linear(shape.hidden, 2 * shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.hidden, bias=False)

    def forward(
        self,
        x: Tensor,
        turn: tuple[Tensor, Tensor],
        mask: Tensor,
        kept: tuple[Tensor, Tensor] | None,
        seen: int,
    ) -> Tensor:
        """Hidden states (rows, length, hidden) after this layer.

        `turn` is the cosines and sines of the positions, `mask` is added to the scores, and
        `kept` holds keys and values, of which the first `seen` places are filled.
        """
        rows, length, _ = x.shape
        q, k, v = (
            part.view(rows, length, self.shape.heads, self.shape.head).transpose(1, 2)
            for part in self.qkv(self.before_attention(x)).chunk(3, -1)
        )
        q, k = rotate(self.q_norm(q), turn), rotate(self.k_norm(k), turn)
        if kept is not None:
            for room, new in zip(kept, (k, v), strict=True):
                room[:, :, seen : seen + length] = new
            k, v = kept
        mixed = attend(q, k, v, mask)
        x = x + self.out(mixed.transpose(1, 2).reshape(rows, length, -1))
        gate, up = self.gate_up(self.before_feeding(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Attention by two matrix products; with bfloat16 on a CPU several times as fast as
    PyTorch's fused kernel. `mask` broadcasts to (rows, 1, length, length of the keys)."""
    rows, heads, length, head = q.shape
    mask = mask.expand(rows, heads, length, k.shape[2]).to(q.dtype)
    scores = torch.baddbmm(
        mask.reshape(rows * heads, length, -1),
        q.flatten(0, 1),
        k.flatten(0, 1).mT,
        alpha=head**-0.5,
    )
    return torch.bmm(scores.softmax(-1), v.flatten(0, 1)).unflatten(0, (rows, heads))


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding, halves as in Qwen3."""
    cos, sin = turn
    left, right = x.chunk(2, -1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin), -1)


class Network(nn.Module):
    """Token ids to hidden states; `logits` turns those into scores for the next token."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocabulary, shape.hidden)
        layers = [Layer(shape) for _ in range(shape.layers)]
        self.layers = nn.ModuleList(layers)
        self.norm = Norm(shape.hidden, shape.epsilon)
        self.apply(_start)
        for layer in layers:
            for last in (layer.out, layer.down):
                nn.init.normal_(last.weight, std=0.02 / (2 * shape.layers) ** 0.5)

    def forward(
        self, ids: Tensor, cache: Cache | None = None, seen: int = 0, start: Tensor | None = None
    ) -> Tensor:
        """Hidden states (rows, length, hidden) for `ids` (rows, length).

        With a `cache`, `ids` stand behind the `seen` ones whose keys and values it holds. Where
        rows are padded on the left, `start` (rows) says at which place each begins.
        """
        length, device = ids.shape[1], ids.device
        room = cache[0][0].shape[2] if cache else length
        x = self.embed(ids)
        turn = self._turn(torch.arange(seen, seen + length, device=device), x)
        mask = torch.full((length, room), float("-inf"), device=device).triu(seen + 1)
        if start is not None:
            mask = _padded(mask, start, seen)
        for i, layer in enumerate(self.layers):
            x = layer(x, turn, mask, cache[i] if cache else None, seen)
        return self.norm(x)

    def cache(self, rows: int, room: int) -> Cache:
        """An empty cache for `rows` of up to `room` tokens."""
        size = (rows, self.shape.heads, room, self.shape.head)
        return [
            (self.embed.weight.new_zeros(size), self.embed.weight.new_zeros(size))
            for _ in self.layers
        ]

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary; the output embedding is the input embedding."""
        return F.linear(hidden, self.embed.weight)

    def _turn(self, positions: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        half = self.shape.head // 2
        rates = self.shape.theta ** (-torch.arange(half, device=like.device) / half)
        angles = positions[:, None].float() * rates
        kind = torch.bfloat16 if torch.is_autocast_enabled(like.device.type) else like.dtype
        return angles.cos().to(kind), angles.sin().to(kind)


def _padded(mask: Tensor, start: Tensor, seen: int) -> Tensor:
    """`mask` for each row, closed to places before its start; padding sees itself alone."""
    keys = torch.arange(mask.shape[1], device=mask.device)
    queries = torch.arange(seen, seen + mask.shape[0], device=mask.device)
    before = keys < start[:, None, None]
    itself = keys == queries[:, None]
    return mask.masked_fill(before & ~itself, float("-inf"))[:, None]


def _start(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)


def qwen3_config(shape: Shape, *, end: int, pad: int, context: int) -> dict[str, object]:
    """The `config.json` by which vLLM and transformers know the architecture."""
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.head,
        "intermediate_size": shape.feed_forward,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": context,
        "rope_theta": shape.theta,
        "rms_norm_eps": shape.epsilon,
        "hidden_act": "silu",
        "attention_bias": False,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "bos_token_id": pad,
        "eos_token_id": end,
    }


def qwen3_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The network's weights under Qwen3's names, in bfloat16."""
    named: dict[str, Tensor] = {}
    for name, value in weights.items():
        kept = value.detach().to(torch.bfloat16).cpu()
        if name == "embed.weight":
            named["model.embed_tokens.weight"] = kept
        elif name == "norm.weight":
            named["model.norm.weight"] = kept
        else:
            _, layer, part = name.removesuffix(".weight").split(".")
            for inner, piece in _parts(part, kept).items():
                named[f"model.layers.{layer}.{inner}.weight"] = piece.contiguous()
    return named


def _parts(part: str, value: Tensor) -> Mapping[str, Tensor]:
    if part == "qkv":
        return dict(zip((f"self_attn.{x}_proj" for x in "qkv"), value.chunk(3), strict=True))
    if part == "gate_up":
        gate, up = value.chunk(2)
        return {"mlp.gate_proj": gate, "mlp.up_proj": up}
    names = {
        "before_attention": "input_layernorm",
        "before_feeding": "post_attention_layernorm",
        "q_norm": "self_attn.q_norm",
        "k_norm": "self_attn.k_norm",
        "out": "self_attn.o_proj",
        "down": "mlp.down_proj",
    }
    return {names[part]: value}
