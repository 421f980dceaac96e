"""One vLLM server with the tiny model, started once for all live tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from redraft.models import VLLMServer
from redraft.testing.tiny import tiny_model

SMALL = {"VLLM_CPU_KVCACHE_SPACE": "1"}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model's folder."""
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vllm(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[VLLMServer]:
    """A running server; its `url`, `api_key` and `model` are what an `Endpoint` needs."""
    log = tmp_path_factory.mktemp("vllm") / "vllm.log"
    async with VLLMServer(str(tiny), log=log, env=SMALL) as server:
        yield server
