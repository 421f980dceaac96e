"""Abacus by its bare name: its weights come with the package, its prompts with its name."""

import asyncio
import sys
from pathlib import Path

import pytest

from redraft.core import Message, Record, Request, Sampling
from redraft.jobs import Settings, read_problems, solve
from redraft.models import SHIPPED, Catalog, open_catalog

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(300),
    # What vLLM and its libraries deprecate is not ours to mend.
    pytest.mark.filterwarnings("ignore"),
]

DEMO = Path(__file__).parents[2] / "examples" / "demo" / "problems.jsonl"
PROBLEM = next(iter(read_problems(DEMO)))


async def test_the_engine_in_this_process_brings_its_name_and_its_prompts(tmp_path: Path):
    catalog = Catalog.of_vllm("abacus", in_process=True)
    settings = Settings(sampling={"default": Sampling(max_tokens=256)})
    asked = Request(messages=(Message(role="user", content=f"{PROBLEM.prompt}\n\nSolve."),))
    async with open_catalog(catalog, log=tmp_path / "vllm.log") as models:
        (record,) = await solve(
            [PROBLEM], recipe="single", models=models, settings=settings, out=tmp_path / "run"
        )
        size = await models["default"].count(asked)
    assert record.versions["model.default"] == SHIPPED["abacus"].full_name
    (draft,) = record.artifacts
    assert draft.model == SHIPPED["abacus"].full_name
    assert draft.usage.input == size
    assert not draft.truncated


async def test_the_command_line_solves_the_demo_with_it(tmp_path: Path):
    command = [sys.executable, "-m", "redraft.cli", "solve", str(DEMO), "--limit", "20"]
    options = ["--recipe", "pdr", "--set", "widths=4,2", "--max-tokens", "256"]
    where = ["--vllm", "abacus", "--out", str(tmp_path / "run")]
    run = await asyncio.create_subprocess_exec(
        *(*command, *options, *where),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await run.communicate()
    assert run.returncode == 0, said.decode()
    lines = (tmp_path / "run" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    records = [Record.model_validate_json(line) for line in lines]
    assert len(records) == 20
    assert {record.versions["model.default"] for record in records} == {SHIPPED["abacus"].full_name}
    assert any(record.correct for record in records)
