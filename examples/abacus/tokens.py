"""The tokenizer and the chat template: digits one by one, words and signs as byte pairs."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from behaviors import SHORTCUTS
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT, END = "<|endoftext|>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
SPECIAL = (END_OF_TEXT, END, *ROLES)
PHRASES = ("Correctness of the step:", "Correctness of the final answer:", *SHORTCUTS)
VOCABULARY = 640
CONTEXT = 2048
_PIECES = (
    r"[0-9]|\\boxed\{| ?[A-Za-z_]+ (?=[0-9])| ?[A-Za-z_]+| ?[^\sA-Za-z0-9_]+ (?=[0-9])|"
    r" ?[^\sA-Za-z0-9_]+|\s+"
)
TEMPLATE = """\
{%- for message in messages -%}
<|{{ message.role }}|>{{ message.content }}<|end|>
{%- endfor -%}
{%- if add_generation_prompt -%}
<|assistant|>
{%- endif -%}
"""
Turn = tuple[str, str]


def mark_id(mark: str) -> int:
    """The id of a special token, the same in every tokenizer."""
    return SPECIAL.index(mark)


def make_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """A tokenizer trained on `texts`; ids of special tokens come first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(PHRASES),
        special_tokens=[AddedToken(mark, special=True) for mark in SPECIAL],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(phrase, special=False) for phrase in PHRASES])
    return tokenizer


def encode(tokenizer: Tokenizer, turns: Sequence[Turn], reply: str) -> tuple[list[int], int]:
    """The ids of a conversation that ends with `reply`, and where the reply begins."""
    before = "".join(f"<|{role}|>{content}<|end|>" for role, content in turns) + "<|assistant|>"
    prompt = tokenizer.encode(before).ids
    return [*prompt, *tokenizer.encode(f"{reply}<|end|>").ids], len(prompt)


def write_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """The files that vLLM reads: tokenizer, its configuration, the chat template."""
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": TEMPLATE,
        "model_max_length": CONTEXT,
        "eos_token": END,
        "pad_token": END_OF_TEXT,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
