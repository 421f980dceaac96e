"""Two vLLM servers, each started once: Abacus, and a model of noise.

Abacus is asked wherever an answer can be right or wrong. The model of noise is for what must hold
whatever a model says (schemas, exact counts, cuts), and for servers that are killed.
"""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.sync_api import Browser, expect, sync_playwright

from redraft.agents import Agent, load_prompts_by_role
from redraft.core import Artifact, Context, OutputError, Problem, Sampling, Verdict
from redraft.models import SHIPPED, Endpoint, VLLMServer
from redraft.testing.tiny import tiny_model

ABACUS = SHIPPED["abacus"]
SMALL = {"VLLM_CPU_KVCACHE_SPACE": "1"}
CHROMIUM = shutil.which("chromium")
# Where a test finds `planted.py`, and that file the modules of the example that trains Abacus.
sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2] / "examples" / "abacus")]

Case = tuple[Problem, dict[str, str]]
Ask = Callable[[Agent, Sequence[Case]], Awaitable[list]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def abacus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[VLLMServer]:
    """A running server with Abacus."""
    log = tmp_path_factory.mktemp("abacus") / "vllm.log"
    async with VLLMServer(ABACUS.name, log=log) as server:
        yield server


@pytest.fixture
async def reasoner(abacus: VLLMServer) -> AsyncIterator[Endpoint]:
    """Abacus as a model; its name chooses the prompts that it was trained on."""
    async with Endpoint(abacus.url, ABACUS.full_name, api_key=abacus.api_key) as endpoint:
        yield endpoint


@pytest.fixture
def context(reasoner: Endpoint) -> Context:
    """Abacus in every role, greedy, so that a test asks the same every time."""
    return Context(
        models={"default": reasoner},
        prompts=load_prompts_by_role(None, {"default": ABACUS.prompts}),
        checker=equal,
        sampling={"default": Sampling(temperature=0.0, max_tokens=320)},
    )


@pytest.fixture
def ask(context: Context) -> Ask:
    """Asks an agent about many cases at once; `None` stands for a reply that cannot be read."""

    async def one(agent: Agent, problem: Problem, values: dict[str, str]) -> Artifact | None:
        try:
            (made,) = await agent(context, problem, values=values)
        except OutputError:
            return None
        return made

    async def all_of(agent: Agent, cases: Sequence[Case]) -> list:
        return await asyncio.gather(*(one(agent, *case) for case in cases))

    return all_of


async def equal(problem: Problem, answer: str) -> Verdict:
    return Verdict(outcome="passed" if answer == problem.answer else "failed")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model of noise."""
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vllm(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[VLLMServer]:
    """A running server with noise; an `Endpoint` needs its `url`, `model` and `api_key`."""
    log = tmp_path_factory.mktemp("vllm") / "vllm.log"
    async with VLLMServer(str(tiny), log=log, env=SMALL) as server:
        yield server


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `redraft serve --vllm abacus`."""
    from running_server import serving

    with serving(tmp_path_factory.mktemp("served"), "--vllm", "abacus") as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it.

    Each module has its own, since no asynchronous test runs while Playwright's loop does.
    """
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (sudo apt-get install chromium)")
    # A test fails by its own limit, however busy the machine is.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            timeout=180_000,
        )
        yield chromium
        chromium.close()
