"""A vLLM server of ours: what it answers, and what is left when it or we are killed."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from redraft.core import EngineError, Message, Request, Sampling
from redraft.models import Endpoint, VLLMServer
from redraft.testing.tiny import tiny_model

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SMALL = {"VLLM_CPU_KVCACHE_SPACE": "1"}
ASKED = (Message(role="system", content="Be brief."), Message(role="user", content="1 + 1?"))
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"right": {"type": "boolean"}, "grade": {"enum": ["a", "b"]}},
    "required": ["right", "grade"],
    "additionalProperties": False,
}
OWNER = """
import asyncio, sys
from pathlib import Path
from redraft.models import VLLMServer

async def main():
    async with VLLMServer(sys.argv[1], log=Path(sys.argv[2])):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def model(vllm: VLLMServer) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(vllm.url, vllm.model, api_key=vllm.api_key)
    yield endpoint
    await endpoint.aclose()


def ask(**sampling: object) -> Request:
    return Request(messages=ASKED, sampling=Sampling.model_validate(sampling))


async def test_equal_seeds_give_equal_completions(model: Endpoint) -> None:
    request = ask(n=3, seed=7, max_tokens=16, temperature=1.0)
    first, second = await model(request), await model(request)
    texts = [choice.content for choice in first.choices]
    assert texts == [choice.content for choice in second.choices]
    assert len(set(texts)) == 3
    other = await model(ask(n=3, seed=8, max_tokens=16, temperature=1.0))
    assert texts != [choice.content for choice in other.choices]


async def test_a_schema_is_obeyed_by_a_model_of_noise(model: Endpoint) -> None:
    request = ask(n=4, max_tokens=40).model_copy(update={"output_schema": SCHEMA})
    for choice in (await model(request)).choices:
        found = json.loads(choice.content)
        assert found["right"] in (True, False)
        assert found["grade"] in ("a", "b")


async def test_the_count_is_the_usage_also_when_the_final_message_is_continued(
    model: Endpoint,
) -> None:
    plain = ask(max_tokens=4)
    begun = Message(role="assistant", content="The answer")
    spliced = plain.model_copy(update={"messages": (*ASKED, begun), "continue_final": True})
    assert await model.count(plain) == (await model(plain)).usage.input
    assert await model.count(spliced) == (await model(spliced)).usage.input
    # The tiny tokenizer has one token for each byte: an open turn adds the text alone.
    assert await model.count(spliced) - await model.count(plain) == len(begun.content)


async def test_long_prompts_with_seeds_are_answered(model: Endpoint) -> None:
    # Together far more tokens than the engine reads in one step.
    long = (Message(role="user", content="x" * 3000),)
    calls = [
        model(
            Request(
                messages=(*ASKED[:1], Message(role="user", content=f"{i}"), *long),
                sampling=Sampling(n=4, seed=i, max_tokens=8),
            )
        )
        for i in range(8)
    ]
    replies = await asyncio.gather(*calls)
    assert all(len(reply.choices) == 4 for reply in replies)


async def test_a_thinking_budget_closes_the_thinking(model: Endpoint) -> None:
    begun = Message(role="assistant", content="<think>")
    request = Request(
        messages=(*ASKED, begun),
        continue_final=True,
        sampling=Sampling(max_tokens=24, thinking_tokens=6, n=4, seed=1),
    )
    reply = await model(request)
    assert reply.usage.output <= 4 * 30
    assert sum(bool(choice.reasoning and choice.content) for choice in reply.choices) >= 2
    assert (await model.probe()).thinking_budget is not False


async def test_a_cancelled_call_is_aborted_in_the_engine(model: Endpoint, vllm: VLLMServer) -> None:
    # A completion of one permitted text cannot end early.
    long: dict[str, object] = {"enum": ["x" * 6000]}
    request = ask(n=2, max_tokens=6500).model_copy(update={"output_schema": long})
    call = asyncio.create_task(model(request))
    await until(lambda: running(vllm), lambda count: count > 0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until(lambda: running(vllm), lambda count: count == 0)


async def test_its_key_is_needed_and_in_no_log(vllm: VLLMServer) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{vllm.url}/models") as response:
        assert response.status == 401
    assert vllm.api_key not in vllm.log.read_text()


async def test_a_server_killed_while_it_runs_is_reported_and_needs_no_compiler(
    tiny: Path, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "lscpu").symlink_to(shutil.which("lscpu") or "")
    stages: list[str] = []
    server = VLLMServer(
        str(tiny),
        log=tmp_path / "vllm.log",
        env={**SMALL, "PATH": str(programs)},
        report=lambda stage, _: stages.append(stage),
    )
    before = set(children(os.getpid()))
    await server.__aenter__()
    (guard,) = (pid for pid in children(os.getpid()) if pid not in before)
    family = descendants(guard)
    assert len(family) >= 3
    os.kill(children(guard)[0], signal.SIGKILL)
    assert "SIGKILL" in str(await server.watch())
    await until_gone(family)
    with pytest.raises(EngineError, match="SIGKILL"):
        await server.__aexit__(None, None, None)
    assert stages[0] == "importing vLLM"
    assert stages[-1] == "ready"
    assert {stages[0], "ready"} < set(stages), "no stage between the first and the last"


async def test_a_model_that_cannot_be_loaded_is_explained(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps({**config, "architectures": ["NoSuchModel"], "model_type": "no_such"})
    )
    with pytest.raises(EngineError) as caught:
        async with VLLMServer(str(folder), log=tmp_path / "vllm.log", env=SMALL):
            pass
    first, *last = str(caught.value).splitlines()
    assert re.search(r"(Error|Exception): .*no_such", first)
    assert last
    assert len(last) <= 12


async def test_nothing_is_left_when_the_owner_is_killed(tiny: Path, tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OWNER,
        str(tiny),
        str(tmp_path / "vllm.log"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **SMALL},
    )
    assert owner.stdout is not None
    assert await asyncio.wait_for(owner.stdout.readline(), 200) == b"ready\n"
    family = descendants(owner.pid)
    commands = [command(pid) for pid in family]
    assert any("guard.py" in one for one in commands)
    assert any("EngineCore" in one for one in commands)
    owner.kill()
    await owner.wait()
    await until_gone(family)


async def running(server: VLLMServer) -> float:
    """Requests that the engine works on, by the server's own metrics."""
    url = f"{server.url.removesuffix('/v1')}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        text = await response.text()
    return sum(
        float(line.split()[-1])
        for line in text.splitlines()
        if line.startswith(("vllm:num_requests_running", "vllm:num_requests_waiting{"))
    )


async def until(measure: Callable, holds: Callable[[float], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds(await measure()):
            await asyncio.sleep(0.05)


async def until_gone(family: list[int]) -> None:
    async with asyncio.timeout(60):
        while any(alive(pid) for pid in family):
            await asyncio.sleep(0.1)


def stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def alive(pid: int) -> bool:
    return bool(fields := stat(pid)) and fields[0] != "Z"


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    found = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [child for child in found if (fields := stat(child)) and int(fields[1]) == pid]


def descendants(pid: int) -> list[int]:
    found = children(pid)
    return found + [one for child in found for one in descendants(child)]


async def test_a_run_ends_at_once_when_its_server_is_killed(tiny: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "redraft.cli", "solve", "examples/demo/problems.jsonl"]
    options = ["--recipe", "sequential", "--set", "rounds=64", "--max-tokens", "512"]
    where = ["--vllm", str(tiny), "--out", str(tmp_path / "run")]
    run = await asyncio.create_subprocess_exec(
        *(*command, *options, *where),
        env={**os.environ, **SMALL},
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    journal = tmp_path / "run" / "journal.sqlite-wal"
    async with asyncio.timeout(120):
        while not (journal.exists() and journal.stat().st_size > 100_000):
            await asyncio.sleep(0.2)
    family = descendants(run.pid)
    os.kill(children(children(run.pid)[0])[0], signal.SIGKILL)
    _, said = await asyncio.wait_for(run.communicate(), 60)
    assert run.returncode == 1
    assert "SIGKILL" in said.decode()
    assert "go on with: redraft solve --job" in said.decode()
    await until_gone(family)
