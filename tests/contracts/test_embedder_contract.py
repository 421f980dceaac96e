"""Every embedder that needs no weights keeps the contract that ships in `redraft.testing`.

`tests/live` holds those with a model to it.
"""

import pytest

from redraft.memory import HashedWords
from redraft.models import EmbeddingEndpoint
from redraft.testing import EmbedderContract, MockServer, Traits


class TestHashedWords(EmbedderContract):
    @pytest.fixture
    def embedder(self):
        return HashedWords()


class TestEmbeddingEndpointOnVLLM(EmbedderContract):
    @pytest.fixture
    async def embedder(self):
        traits = Traits(max_model_len=512)
        async with (
            MockServer(traits=traits) as server,
            EmbeddingEndpoint(server.url, "mock") as embedder,
        ):
            yield embedder


class TestEmbeddingEndpointOnAnotherServer(EmbedderContract):
    @pytest.fixture
    async def embedder(self):
        traits = Traits(vllm=False, usage=False)
        async with (
            MockServer(traits=traits) as server,
            EmbeddingEndpoint(server.url, "mock") as embedder,
        ):
            yield embedder
