"""A shipped model on the real vLLM: found by its bare name, answering by its full one."""

from pathlib import Path

import pytest

from redraft.core import Problem, Sampling
from redraft.jobs import Settings, solve
from redraft.models import SHIPPED, Catalog, Shipped, open_catalog

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(300),
    # What vLLM and its libraries deprecate is not ours to mend.
    pytest.mark.filterwarnings("ignore"),
]

PROBLEM = Problem(id="sum", prompt="What is 17 plus 25?", answer="42")


@pytest.mark.parametrize("in_process", [False, True])
async def test_a_shipped_model_brings_its_name_and_its_prompts(
    in_process: bool, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(SHIPPED, "abacus", Shipped("abacus", 1, tiny, "compact"))
    catalog = Catalog.of_vllm("abacus", in_process=in_process)
    settings = Settings(sampling={"default": Sampling(max_tokens=16)})
    async with open_catalog(catalog, log=tmp_path / "vllm.log") as models:
        (record,) = await solve(
            [PROBLEM], recipe="single", models=models, settings=settings, out=tmp_path / "run"
        )
    assert record.versions["model.default"] == "abacus-1"
    (draft,) = record.artifacts
    assert draft.model == "abacus-1"
    # The tiny tokenizer has one token for each byte: the compact prompt is all there is.
    turns = len("user\n") + len("\n") + len("assistant\n")
    assert draft.usage.input == len(f"{PROBLEM.prompt}\n\nSolve.") + turns + 3
