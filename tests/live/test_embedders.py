"""Embeddings of real weights: by a vLLM server, and by sentence-transformers in this process.

The weights are random, so that vectors mean nothing; everything around them is real.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from redraft.cli import main
from redraft.core import ModelError
from redraft.memory import Entry, open_store
from redraft.models import EmbeddingEndpoint, LocalEmbedder, VLLMServer
from redraft.testing import EmbedderContract

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(600),
    # What the libraries under it deprecate is not ours to mend.
    pytest.mark.filterwarnings("ignore"),
]

SMALL = {"VLLM_CPU_KVCACHE_SPACE": "1"}
POOLING = ("--runner", "pooling", "--max-model-len", "512")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[VLLMServer]:
    """A vLLM that embeds with the model of noise."""
    log = tmp_path_factory.mktemp("embedder") / "vllm.log"
    async with VLLMServer(str(tiny), log=log, args=POOLING, env=SMALL) as server:
        yield server


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small BERT with random weights, one token for each byte."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from torch import manual_seed
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "bert"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    ids = {piece: place for place, piece in enumerate([*alphabet, *SPECIAL])}
    tokenizer = Tokenizer(models.BPE(ids, [], unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"])
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    manual_seed(0)
    config = BertConfig(
        vocab_size=len(ids),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.mark.asyncio(loop_scope="module")
class TestVLLM(EmbedderContract):
    @pytest_asyncio.fixture(loop_scope="module")
    async def embedder(self, server: VLLMServer) -> AsyncIterator[EmbeddingEndpoint]:
        url, key = server.url, server.api_key
        async with EmbeddingEndpoint(url, server.model, api_key=key) as embedder:
            yield embedder

    async def test_it_says_what_it_is_and_what_it_read(self, embedder: EmbeddingEndpoint) -> None:
        found, dimensions = await embedder.probe()
        assert found.vllm is not None
        assert dimensions == 128
        before = embedder.tokens
        await embedder(["six by"])
        assert embedder.tokens - before == 6

    async def test_a_handbook_is_searched_with_it(
        self, server: VLLMServer, tmp_path: Path, monkeypatch, capsys
    ) -> None:
        async with open_store(str(tmp_path / "book.db")) as store:
            entry = Entry(name="behavior_join", instruction="Write two sums as one step.")
            await store.write([entry], read=0)
        catalog = tmp_path / "redraft.toml"
        catalog.write_text(
            f'[models.v]\nendpoint = "{server.url}"\nmodel = "{server.model}"\n'
            'api_key_env = "REDRAFT_TEST_KEY"\n[roles]\nembedder = "v"\n'
        )
        monkeypatch.setenv("REDRAFT_TEST_KEY", server.api_key)
        # The instruction itself is certain to be near; of noise nothing else is.
        line = ["handbook", "search", entry.instruction, "--handbook", str(tmp_path / "book.db")]
        status = await asyncio.to_thread(
            main, [*line, "--by", "embedding", "--config", str(catalog)]
        )
        assert status == 0
        assert capsys.readouterr().out.startswith("behavior_join")


async def test_a_vllm_that_chats_gives_no_embeddings(vllm: VLLMServer) -> None:
    async with EmbeddingEndpoint(vllm.url, vllm.model, api_key=vllm.api_key) as embedder:
        with pytest.raises(ModelError, match=r"no embeddings .*--runner pooling"):
            await embedder(["a"])


class TestSentenceTransformers(EmbedderContract):
    @pytest.fixture(scope="class")
    def embedder(self, bert: Path) -> LocalEmbedder:
        return LocalEmbedder(str(bert), device="cpu")

    async def test_it_is_silent(self, bert: Path, capfd) -> None:
        await LocalEmbedder(str(bert), device="cpu").load()
        out, err = capfd.readouterr()
        assert (out, "it/s" in err) == ("", False)
