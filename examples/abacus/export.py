"""Writes a checkpoint as a model folder that vLLM serves: `python examples/abacus/export.py`."""

import argparse
import json
from pathlib import Path

import torch
from network import Shape, qwen3_config, qwen3_weights
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokens import CONTEXT, END, END_OF_TEXT, mark_id, write_tokenizer

PACKAGE = Path(__file__).parents[2] / "redraft" / "models" / "abacus"


def main() -> None:
    """Write weights, configuration, tokenizer and chat template."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--training", type=Path, default=Path("runs/abacus-training"))
    parser.add_argument("--out", type=Path, default=PACKAGE)
    options = parser.parse_args()
    export(options.training, options.out)
    size = (options.out / "model.safetensors").stat().st_size
    print(f"{options.out}: {size / 1e6:.1f} MB of weights")


def export(training: Path, folder: Path) -> None:
    """The checkpoint in `training` as Qwen3 in bfloat16, with all that vLLM needs beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    state = torch.load(training / "checkpoint.pt", map_location="cpu", weights_only=True)
    tokenizer = Tokenizer.from_file(str(training / "tokenizer.json"))
    end, pad = mark_id(END), mark_id(END_OF_TEXT)
    shape = Shape(**state["shape"])
    _write(folder / "config.json", qwen3_config(shape, end=end, pad=pad, context=CONTEXT))
    generation = {"do_sample": True, "bos_token_id": pad, "pad_token_id": pad}
    _write(folder / "generation_config.json", {**generation, "eos_token_id": [end, pad]})
    write_tokenizer(tokenizer, folder)
    weights = qwen3_weights(state["network"])
    path = folder / "model.safetensors"
    save_file(weights, str(path), metadata={"format": "pt"})
    path.chmod(0o644)


def _write(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
