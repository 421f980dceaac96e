"""Reads a vLLM log for people: which stage a start has reached, and why it failed.

The patterns follow vLLM 0.32. A line that none of them knows changes nothing, so another
version costs a hint, never a start.
"""

import re
from pathlib import Path

_LAST_LINES = 12
_WIDTH = 240
_TAIL_BYTES = 200_000

# The last pattern found in the log names the stage.
_STAGES = (
    ("non-default args", "reading the model's configuration"),
    ("Initializing a V1 LLM engine", "starting the engine"),
    ("Starting to load model", "loading weights"),
    ("Loading weights took", "weights loaded"),
    ("for vLLM's torch.compile", "compiling"),
    ("KV cache size", "allocating the key-value cache"),
    ("Capturing CUDA graph", "capturing CUDA graphs"),
    ("Starting vLLM server", "opening the server"),
)

_HINTS = (
    (
        r"No space left on device",
        "the disk or /dev/shm is full; free some space",
    ),
    (
        r"CUDA out of memory|OutOfMemoryError|No available memory for the cache blocks|"
        r"less than desired (?:GPU|CPU) memory|Cannot allocate memory|"
        r"larger than the (?:maximum number of tokens|available KV cache memory)|MemoryError|"
        r"memory is not enough|can't allocate memory",
        "out of memory: give --max-model-len a smaller length, use a smaller or quantised model, "
        "or change --gpu-memory-utilization (VLLM_CPU_KVCACHE_SPACE on a CPU)",
    ),
    (
        r"[Aa]ddress already in use",
        "another program took the port; leave `port` out to get a free one",
    ),
    (
        r"LocalEntryNotFoundError|RepositoryNotFoundError|Repository Not Found|"
        r"is not a valid model identifier|outgoing traffic has been disabled",
        "the model was found neither as a folder nor on the hub; check its name, HF_HUB_OFFLINE "
        "and HF_TOKEN",
    ),
    (
        r"GatedRepoError|gated repo",
        "the model is gated: accept its terms on the hub and set HF_TOKEN",
    ),
    (
        r"lscpu: not found",
        "vLLM's CPU build needs the program `lscpu` (package util-linux)",
    ),
    (
        r"torchvision::nms does not exist|libtorchcodec|libtorchaudio",
        "run `pip uninstall torchvision torchaudio torchcodec`: they do not fit this torch",
    ),
    (
        r"unrecognized arguments|error: argument",
        "vLLM does not take these arguments; see `vllm serve --help`",
    ),
)
_CAUSE = re.compile(r"^(?:\S+ pid=\d+\)?.*?\] ?)?\s*((?:\w+\.)*\w+(?:Error|Exception)\b: .+)$")
_ARGUMENT = re.compile(r"error: (?:unrecognized arguments|argument ).+$")


def stage(text: str) -> str:
    """The stage that a start with log `text` has reached."""
    reached = max(((text.rfind(mark), name) for mark, name in _STAGES), default=(-1, ""))
    return reached[1] if reached[0] >= 0 else "importing vLLM"


def explain_end(text: str) -> str:
    """Why vLLM ended, from its log: the first cause, a hint, and the last lines."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    parts = [cause] if (cause := _cause(lines)) else []
    parts += [hint for pattern, hint in _HINTS if re.search(pattern, text)][:1]
    reason = "; ".join(parts) or "its log names no error"
    last = "\n".join(f"  | {line[:_WIDTH]}" for line in lines[-_LAST_LINES:])
    return f"{reason}\n{last}" if last else reason


def _cause(lines: list[str]) -> str:
    """The first exception or refused argument: what follows it is its consequence."""
    for number, line in enumerate(lines):
        found = _ARGUMENT.search(line)
        if found:
            return found[0][:_WIDTH]
        found = _CAUSE.match(line)
        if found:
            # Pydantic tells what is wrong in the line below.
            more = lines[number + 1 : number + 2] if "validation error" in found[1] else []
            return ": ".join((found[1], *(one.strip() for one in more)))[:_WIDTH]
    return ""


def read_tail(log: Path, start: int) -> str:
    """What was written to `log` after byte `start`, at most the last 200,000 bytes of it."""
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(start, size - _TAIL_BYTES))
        return file.read().decode(errors="replace")
