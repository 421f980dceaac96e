"""A shipped model is known by its bare name, and its weights by name and version."""

from pathlib import Path

import pytest

from redraft.core import EngineError, Message, Request
from redraft.models import (
    SHIPPED,
    Catalog,
    EndpointSpec,
    Shipped,
    VLLMEngine,
    VLLMSpec,
    open_catalog,
)
from redraft.models.shipped import name_of, path_of, trained_on
from redraft.models.vllm.setup import require_model, serve_command, serve_environment
from redraft.testing import MockServer, Traits


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shipped:
    """`abacus` as it would be in an installation without weights, in a folder of the test's."""
    model = Shipped("abacus", 7, tmp_path / "shipped", "compact")
    monkeypatch.setitem(SHIPPED, "abacus", model)
    return model


def test_the_shipped_folder_lies_in_the_package():
    assert SHIPPED["abacus"].folder.parts[-3:] == ("redraft", "models", "abacus")


def test_new_weights_never_answer_out_of_an_older_journal():
    assert VLLMSpec(vllm="abacus").name == VLLMEngine("abacus").name == "abacus-4"
    assert Shipped("abacus", 4, Path(), "compact").full_name == "abacus-4"


def test_a_folder_of_that_name_is_another_model():
    assert name_of("./abacus") == path_of("./abacus") == "./abacus"
    assert VLLMSpec(vllm="./abacus").name == "./abacus"
    assert trained_on("./abacus") == trained_on("abacus") == ""


def test_a_shipped_model_without_weights_is_told_plainly(bare: Shipped):
    with pytest.raises(
        EngineError, match=r"abacus: this installation of Redraft lacks its weights"
    ):
        require_model("abacus")
    bare.folder.mkdir()
    (bare.folder / "config.json").touch()
    with pytest.raises(EngineError, match=r"shipped/model\.safetensors.*\./abacus"):
        require_model("abacus")
    (bare.folder / "model.safetensors").touch()
    require_model("abacus")


def test_a_shipped_model_is_served_from_its_folder_under_its_full_name(bare: Shipped):
    command = serve_command("abacus", 8123, "cpu", ["--max-model-len", "512"])
    assert str(bare.folder) in command
    assert "abacus" not in command
    assert command[command.index("--served-model-name") + 1] == "abacus-7"
    assert command[-2:] == ["--max-model-len", "512"]
    assert "--served-model-name" not in serve_command("org/model", 8123, "cpu", [])


def test_a_shipped_model_needs_no_network_and_little_memory(bare: Shipped):
    bare.folder.mkdir()
    found = serve_environment("abacus", "cpu", [], {})
    assert found["HF_HUB_OFFLINE"] == found["VLLM_CPU_KVCACHE_SPACE"] == "1"
    own = {"VLLM_CPU_KVCACHE_SPACE": "3"}
    assert serve_environment("abacus", "cpu", [], own)["VLLM_CPU_KVCACHE_SPACE"] == "3"
    assert "VLLM_CPU_KVCACHE_SPACE" not in serve_environment("abacus", "cuda", [], {})


def test_a_models_prompt_set_is_its_own_or_what_it_was_trained_on():
    other = EndpointSpec(endpoint="http://127.0.0.1:1/v1", model="m")
    small = other.model_copy(update={"prompts": "compact"})
    served = other.model_copy(update={"model": "abacus-4"})
    abacus = VLLMSpec(vllm="abacus")
    specs = {"default": abacus, "critic": other, "actor": small, "teacher": served}
    assert Catalog.of_specs(specs).prompt_sets() == {
        "default": "compact",
        "critic": "",
        "actor": "compact",
        "teacher": "compact",
    }


async def test_a_model_with_two_prompt_sets_is_opened_once_and_answers_by_its_full_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    started: list[str] = []

    class FakeVLLM:
        def __init__(self, model: str, **options: object) -> None:
            started.append(model)

        def failure(self) -> None:
            return None

        async def __aenter__(self):
            self.server = MockServer(traits=Traits(models=("abacus-4",), api_key="made-up"))
            await self.server.__aenter__()
            self.url, self.api_key = self.server.url, "made-up"
            return self

        async def __aexit__(self, *error: object) -> None:
            await self.server.__aexit__(*error)

    monkeypatch.setattr("redraft.models.opening.VLLMServer", FakeVLLM)
    abacus = VLLMSpec(vllm="abacus")
    specs = {"default": abacus, "critic": abacus.model_copy(update={"prompts": "compact"})}
    async with open_catalog(Catalog.of_specs(specs), log=tmp_path / "vllm.log") as models:
        assert models["default"] is models["critic"]
        reply = await models["critic"](Request(messages=(Message(role="user", content="x"),)))
    assert started == ["abacus"]
    assert reply.model == "abacus-4"
