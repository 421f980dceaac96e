"""Vectors from an endpoint: how texts are sent, and what is told where no vector comes back."""

import asyncio
import json
from pathlib import Path

import pytest

from redraft.core import EngineError, InputError, ModelError
from redraft.models import (
    EmbeddingEndpoint,
    EndpointSpec,
    Gate,
    LocalEmbedder,
    LocalEmbedderSpec,
    RetryPolicy,
    VLLMSpec,
    open_embedder,
)
from redraft.testing import CUT, HTML, SILENT, Fault, MockServer, Traits, http_error

ONCE = RetryPolicy(attempts=1)
AT_ONCE = RetryPolicy(initial=0)


def said(*vectors: object, **fields: object) -> Fault:
    data = [{"index": i, "embedding": one} for i, one in enumerate(vectors)]
    return Fault(body=json.dumps({"data": data, **fields}).encode())


async def test_many_texts_go_in_requests_of_32_and_no_more_at_once_than_the_gate_lets_in():
    async with (
        MockServer() as server,
        EmbeddingEndpoint(server.url, "mock", gate=Gate(2)) as embedder,
    ):
        vectors = await embedder([str(number) for number in range(100)])
        assert len({tuple(vector) for vector in vectors}) == 100
        sizes = sorted(len(body["input"]) for body in server.stats.bodies)
        assert sizes == [4, 32, 32, 32]
        assert server.peak <= 2
        assert server.stats.embedded == 100


async def test_what_the_server_says_that_it_read_is_counted():
    async with MockServer() as server, EmbeddingEndpoint(server.url, "mock") as embedder:
        await embedder(["eight le", "four"])
        assert embedder.tokens == 3
        await embedder(["four"])
        assert embedder.tokens == 4
    async with (
        MockServer(traits=Traits(usage=False)) as server,
        EmbeddingEndpoint(server.url, "mock") as embedder,
    ):
        await embedder(["four"])
        assert embedder.tokens == 0


async def test_a_call_tells_what_was_read_for_it_and_estimates_what_the_server_does_not_say():
    async with MockServer() as server, EmbeddingEndpoint(server.url, "mock") as embedder:
        made = await asyncio.gather(*(embedder.measured(["four"] * n) for n in (1, 40)))
        assert [(len(one.vectors), one.tokens) for one in made] == [(1, 1), (40, 40)]
    async with (
        MockServer(faults=[said([1, 0]), said([1, 0], usage={})]) as server,
        EmbeddingEndpoint(server.url, "mock") as embedder,
    ):
        for _ in range(2):
            assert (await embedder.measured(["eight le"])).tokens == 2


async def test_vectors_are_put_in_the_order_of_their_texts():
    data = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}]
    turned = Fault(body=json.dumps({"data": data}).encode())
    async with (
        MockServer(faults=[turned]) as server,
        EmbeddingEndpoint(server.url, "mock") as embedder,
    ):
        assert [list(one) for one in await embedder(["a", "b"])] == [[1, 0], [0, 1]]


async def test_only_vllm_is_asked_to_cut_texts():
    async with MockServer() as server, EmbeddingEndpoint(server.url, "mock") as embedder:
        await embedder(["a"])
        assert server.stats.bodies[-1]["truncate_prompt_tokens"] == -1
    plain = Traits(vllm=False, max_model_len=10)
    async with (
        MockServer(traits=plain) as server,
        EmbeddingEndpoint(f"{server.url}/embeddings", "mock", policy=ONCE) as embedder,
    ):
        await embedder(["a"])
        assert "truncate_prompt_tokens" not in server.stats.bodies[-1]
        with pytest.raises(ModelError, match="too long for 'mock'"):
            await embedder(["word " * 100])


@pytest.mark.parametrize("fault", [http_error(503), http_error(429), CUT])
async def test_what_passes_is_asked_again(fault: Fault):
    async with (
        MockServer(faults=[fault]) as server,
        EmbeddingEndpoint(server.url, "mock", policy=AT_ONCE) as embedder,
    ):
        assert len(await embedder(["a"])) == 1
        assert server.requests == 2


NONSENSE = {
    "not finite": (said([1.0, float("nan")]), "numbers that are not finite"),
    "too large": (said([1e300, 1.0]), "numbers that are not finite"),
    "zeros": (said([0.0, 0.0]), "sent a vector of zeros"),
    "too small": (said([1e-300, 0.0]), "sent a vector of zeros"),
    "empty": (said([]), "wrong shape (data.0.embedding"),
    "words": (said(["a"]), "wrong shape (data.0.embedding.0"),
    "base64": (said("AACAPw=="), "wrong shape (data.0.embedding"),
    "too many": (said([1.0], [1.0]), "sent 2 vectors for 1 texts"),
    "none": (said(), "sent 0 vectors for 1 texts"),
    "chat": (Fault(body=b'{"choices": []}'), "wrong shape (data: field required)"),
    "web page": (HTML, "sent a web page, not JSON"),
}


@pytest.mark.parametrize(("fault", "told"), NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_a_model_error_that_names_the_server(fault: Fault, told: str):
    async with (
        MockServer(faults=[fault]) as server,
        EmbeddingEndpoint(server.url, "mock") as embedder,
    ):
        with pytest.raises(ModelError) as caught:
            await embedder(["a"])
        assert str(caught.value).startswith(server.url)
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)
        assert server.requests == 1, "nonsense was asked for again"


async def test_another_length_than_before_is_refused():
    async with MockServer() as server, EmbeddingEndpoint(server.url, "mock") as embedder:
        await embedder(["a"])
        server.order(said([1.0, 2.0]))
        with pytest.raises(ModelError, match="2 numbers after one of 32: 'mock' is not one model"):
            await embedder(["a"])


async def test_a_server_that_gives_no_embeddings_says_how_to_get_some():
    async with (
        MockServer(traits=Traits(dimensions=0)) as server,
        EmbeddingEndpoint(server.url, "mock") as embedder,
    ):
        with pytest.raises(ModelError, match=r"no embeddings with 'mock' .*--runner pooling"):
            await embedder(["a"])
        with pytest.raises(ModelError, match="no embeddings"):
            await embedder.probe()


async def test_a_model_that_the_server_lacks_is_the_users_mistake():
    async with MockServer() as server, EmbeddingEndpoint(server.url, "mok") as embedder:
        with pytest.raises(InputError, match="did you mean 'mock'"):
            await embedder(["a"])


async def test_a_cancelled_call_leaves_no_request_behind():
    async with (
        MockServer(faults=[SILENT]) as server,
        EmbeddingEndpoint(server.url, "mock", gate=Gate(1)) as embedder,
    ):
        call = asyncio.create_task(embedder(["a"]))
        await server.until(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await server.until(0)
        assert len(await embedder(["a"])) == 1


async def test_the_probe_says_how_long_vectors_are():
    async with MockServer() as server, EmbeddingEndpoint(server.url, "mock") as embedder:
        found, dimensions = await embedder.probe()
        assert (found.model, dimensions) == ("mock", 32)


async def test_an_embedder_is_opened_with_its_key_and_tried(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("REDRAFT_TEST_KEY", "s3cret")
    async with MockServer(traits=Traits(api_key="s3cret")) as server:
        spec = EndpointSpec(endpoint=server.url, model="mock", api_key_env="REDRAFT_TEST_KEY")
        async with open_embedder(spec, log=tmp_path / "log") as embedder:
            assert embedder is not None
            assert embedder.name == "mock"
            assert server.stats.embedded == 1
        wrong = spec.model_copy(update={"api_key_env": None})
        with pytest.raises(ModelError, match="the API key was refused"):
            async with open_embedder(wrong, log=tmp_path / "log"):
                pass


class FakeVLLM:
    """Stands where vLLM would be started."""

    args: tuple[str, ...] = ()

    def __init__(self, model: str, *, log: Path, args=(), report=None) -> None:
        FakeVLLM.args = tuple(args)
        self.server = MockServer(traits=Traits(models=(model,), api_key="made-up"))
        self.api_key = "made-up"
        self.ended: EngineError | None = None

    async def __aenter__(self):
        await self.server.__aenter__()
        self.url = self.server.url
        return self

    async def __aexit__(self, *error) -> None:
        await self.server.__aexit__(*error)

    def failure(self) -> EngineError | None:
        return self.ended


@pytest.mark.parametrize(
    ("args", "started"),
    [
        ((), ("--runner", "pooling")),
        (("--runner=auto", "-x"), ("--runner=auto", "-x")),
    ],
)
async def test_vllm_is_started_for_embeddings(tmp_path: Path, monkeypatch, args, started):
    monkeypatch.setattr("redraft.models.embedder_opening.VLLMServer", FakeVLLM)
    async with open_embedder(VLLMSpec(vllm="m", args=args), log=tmp_path / "log") as embedder:
        assert embedder is not None
        assert embedder.name == "m"
        assert len(await embedder(["a"])) == 1
    assert FakeVLLM.args == started


async def test_a_dead_server_of_ours_says_why_it_died():
    ended = [None, EngineError("vLLM ended: no memory")]
    url, last = "http://127.0.0.1:9", lambda: ended.pop(0)
    async with EmbeddingEndpoint(url, "m", policy=ONCE, failure=last) as embedder:
        with pytest.raises(ModelError, match="nothing listens"):
            await embedder(["a"])
        with pytest.raises(EngineError, match="no memory"):
            await embedder(["a"])


async def test_without_a_spec_there_is_no_embedder(tmp_path: Path):
    async with open_embedder(None, log=tmp_path / "log") as embedder:
        assert embedder is None


def test_a_folder_is_named_by_what_its_files_say(tmp_path: Path):
    folder = tmp_path / "bert"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "1_Pooling" / "config.json").write_text("{}")
    first = LocalEmbedder(str(folder)).name
    assert first.startswith("sentence-transformers:bert-")
    (folder / "README.md").write_text("words")
    assert LocalEmbedderSpec(sentence_transformers=str(folder)).name == first
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    second = LocalEmbedder(str(folder)).name
    (folder / "model.safetensors").write_bytes(b"others")
    assert len({first, second, LocalEmbedder(str(folder)).name}) == 3


def test_a_hub_model_is_named_with_its_revision():
    assert LocalEmbedder("a/b").name == "sentence-transformers:a/b"
    spec = LocalEmbedderSpec(sentence_transformers="a/b", revision="abc")
    assert spec.name == "sentence-transformers:a/b@abc"
    with pytest.raises(InputError, match=r"\./none: no such model folder"):
        LocalEmbedder("./none")


async def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"a/b: .*pip install 'redraft\[sentence-transformers\]'"):
        await LocalEmbedder("a/b").load()
