"""Makes a tiny Qwen3 model with random weights, so that the real vLLM can be tried anywhere.

Nothing is downloaded: weights, tokenizer and chat template are written on the spot, the same
bytes for the same seed. Its answers are noise; everything around them is real.
"""

import json
import math
import random
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD_SIZE, FEED_FORWARD = 128, 2, 4, 2, 32, 256
CONTEXT = 8192
END_OF_TEXT, TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (END_OF_TEXT, TURN, END_OF_TURN)
THINKING = ("<think>", "</think>")
# One id for each byte, then the marks above.
VOCABULARY = 256 + len(SPECIAL) + len(THINKING)

CHAT_TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""


def tiny_model(folder: Path, *, seed: int = 0) -> Path:
    """Write the model into `folder` (made if missing) and return `folder`.

    About 330,000 parameters in bfloat16, a context of 8192 tokens, one token for each byte of
    text. Needs `tokenizers`, which comes with vLLM.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(folder)
    _write_weights(folder, seed)
    for name, content in _configs().items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")
    return folder


def _configs() -> Mapping[str, Mapping[str, object]]:
    model = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_SIZE,
        "intermediate_size": FEED_FORWARD,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": CONTEXT,
        "rope_theta": 10000.0,
        "rms_norm_eps": 1e-6,
        "hidden_act": "silu",
        "attention_bias": False,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "bos_token_id": _token_id(END_OF_TEXT),
        "eos_token_id": _token_id(END_OF_TURN),
    }
    tokenizer = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": CHAT_TEMPLATE,
        "model_max_length": CONTEXT,
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "clean_up_tokenization_spaces": False,
    }
    generation = {
        "do_sample": True,
        "bos_token_id": _token_id(END_OF_TEXT),
        "pad_token_id": _token_id(END_OF_TEXT),
        "eos_token_id": [_token_id(END_OF_TURN), _token_id(END_OF_TEXT)],
    }
    return {
        "config.json": model,
        "tokenizer_config.json": tokenizer,
        "generation_config.json": generation,
    }


def _token_id(mark: str) -> int:
    return 256 + (*SPECIAL, *THINKING).index(mark)


def _write_tokenizer(folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({char: i for i, char in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in SPECIAL])
    tokenizer.add_tokens([AddedToken(mark, special=False) for mark in THINKING])
    tokenizer.save(str(folder / "tokenizer.json"))


def _write_weights(folder: Path, seed: int) -> None:
    """Draw the weights and write them in the safetensors format.

    The format (github.com/huggingface/safetensors) is the length of a JSON header in 8 bytes,
    the header, and the tensors' bytes. Written here because the library takes bfloat16 from
    torch alone, which costs seconds to import.
    """
    generator = random.Random(seed)
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = bytearray()
    for name, shape in _shapes():
        start = len(body)
        body += _bfloat16(_draw(generator, shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": (start, len(body))}
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + body)


def _draw(generator: random.Random, shape: tuple[int, ...]) -> list[float]:
    size = math.prod(shape)
    if len(shape) == 1:
        return [1.0] * size
    spread = shape[-1] ** -0.5
    return [generator.gauss(0.0, spread) for _ in range(size)]


def _bfloat16(values: list[float]) -> bytes:
    """Each value's upper half as a little-endian float32, which is what bfloat16 is."""
    single = struct.pack(f"<{len(values)}f", *values)
    half = bytearray(2 * len(values))
    half[0::2], half[1::2] = single[2::4], single[3::4]
    return bytes(half)


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every tensor's name and shape, in the order in which they are drawn."""
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for layer in range(LAYERS):
        block = f"model.layers.{layer}"
        yield f"{block}.input_layernorm.weight", (HIDDEN,)
        yield f"{block}.self_attn.q_proj.weight", (HEADS * HEAD_SIZE, HIDDEN)
        yield f"{block}.self_attn.k_proj.weight", (KV_HEADS * HEAD_SIZE, HIDDEN)
        yield f"{block}.self_attn.v_proj.weight", (KV_HEADS * HEAD_SIZE, HIDDEN)
        yield f"{block}.self_attn.o_proj.weight", (HIDDEN, HEADS * HEAD_SIZE)
        yield f"{block}.self_attn.q_norm.weight", (HEAD_SIZE,)
        yield f"{block}.self_attn.k_norm.weight", (HEAD_SIZE,)
        yield f"{block}.post_attention_layernorm.weight", (HIDDEN,)
        yield f"{block}.mlp.gate_proj.weight", (FEED_FORWARD, HIDDEN)
        yield f"{block}.mlp.up_proj.weight", (FEED_FORWARD, HIDDEN)
        yield f"{block}.mlp.down_proj.weight", (HIDDEN, FEED_FORWARD)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m redraft.testing.tiny FOLDER")
    tiny_model(Path(sys.argv[1]))
