"""The tiny model's files; that vLLM loads them is shown by the live tests."""

import json
from pathlib import Path

import pytest

from redraft.testing.tiny import tiny_model

pytest.importorskip("tokenizers")


def test_equal_seeds_write_equal_bytes(tmp_path: Path) -> None:
    first, second, other = (
        tiny_model(tmp_path / name, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()
    weights = "model.safetensors"
    assert (first / weights).read_bytes() != (other / weights).read_bytes()


def test_the_weights_fill_the_file_as_the_header_says(tmp_path: Path) -> None:
    data = (tiny_model(tmp_path) / "model.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    tensors = {
        name: entry for name, entry in json.loads(data[8 : 8 + size]).items() if name[0] != "_"
    }
    end = max(entry["data_offsets"][1] for entry in tensors.values())
    assert len(data) == 8 + size + end
    assert 200_000 < end / 2 < 500_000
    # The norms are ones: 0x3F80 in bfloat16, low byte first.
    start, stop = tensors["model.norm.weight"]["data_offsets"]
    assert data[8 + size + start : 8 + size + stop] == b"\x80\x3f" * ((stop - start) // 2)


def test_a_token_is_a_byte_and_marks_are_single_tokens(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tiny_model(tmp_path) / "tokenizer.json"))
    text = "Grüße 12"
    ids = tokenizer.encode(text).ids
    assert len(ids) == len(text.encode())
    assert tokenizer.decode(ids) == text
    assert [len(tokenizer.encode(mark).ids) for mark in ("<|im_end|>", "</think>")] == [1, 1]
    assert max(tokenizer.get_vocab().values()) + 1 == tokenizer.get_vocab_size()
