"""The Chainlit app of `examples/` in Debian's Chromium, over `redraft serve` and two engines.

One is vLLM with Abacus; the other is a mock server that is slow enough to be stopped in
mid-answer. `REDRAFT_SCREENSHOTS=docs/images` writes the picture of the documents there.
"""

import os
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from planted import tasks
from playwright.sync_api import Browser, Page, expect
from running_server import active, client, in_engine, serving, wait_until

from redraft.models import SHIPPED, VLLMServer
from redraft.testing import MockServer, Traits

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

ABACUS = SHIPPED["abacus"]
KEY = "ABACUS_KEY"
STOPPED = 5.0
QUESTION = tasks(1, seed=31)[0]
CONFIG = """
[models.quick]
endpoint = "{quick}"
model = "{name}"
api_key_env = "ABACUS_KEY"

[models.slow]
endpoint = "{slow}"
model = "slow"

[roles]
default = "quick"
talker = "slow"

[serve]
recipes = ["vote"]

[serve.models.long]
recipe = "pdr"
set = {{ widths = [64, 64, 64] }}
"""


@pytest.fixture(scope="module")
def slow() -> Iterator[MockServer]:
    """A server that says 600 words in two minutes."""
    server = MockServer(lambda _: "word " * 600, pause=0.2, traits=Traits(models=("slow",)))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as mock:
        yield mock


@pytest.fixture(scope="module")
def redraft(
    abacus: VLLMServer, slow: MockServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of `redraft serve` over both."""
    folder = tmp_path_factory.mktemp("chatted")
    config = CONFIG.format(quick=abacus.url, name=ABACUS.full_name, slow=slow.url)
    (folder / "redraft.toml").write_text(config)
    with serving(folder, env={**os.environ, KEY: abacus.api_key}) as url:
        yield url


@pytest.fixture(scope="module")
def chainlit(
    redraft: str, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the app."""
    folder = tmp_path_factory.mktemp("chainlit")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    app = str(repository / "examples" / "chainlit_app.py")
    command = [client("chainlit"), "run", app, "--headless", "--host", "127.0.0.1", "--port", port]
    env = {**os.environ, "OPENAI_BASE_URL": f"{redraft}/v1", "CHAINLIT_APP_ROOT": str(folder)}
    url = f"http://127.0.0.1:{port}/"
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))
        process = stack.enter_context(
            subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        )
        stack.callback(process.terminate)
        wait_until(lambda: answers(process, url), 120, (folder / "log").read_text())
        yield url


def answers(process: "subprocess.Popen[bytes]", url: str) -> bool:
    assert process.poll() is None, "chainlit has ended"
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture
def ask(browser: Browser, chainlit: str) -> Iterator[Callable[[str, str], Page]]:
    """Type a question to a model, in a window of its own that reaches nothing but the app."""
    context = browser.new_context(viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.route(lambda url: not url.startswith(chainlit), lambda route: route.abort())

    def ask(model: str, question: str) -> Page:
        page.goto(chainlit)
        page.locator("#chat-profiles").click()
        page.get_by_role("option", name=model, exact=True).click()
        expect(page.locator("#chat-profiles")).to_have_text(model)
        page.locator("#chat-input").click()
        page.keyboard.type(question)
        page.keyboard.press("Enter")
        return page

    yield ask
    context.close()


def thoughts(page: Page):
    """The button of the step in which the thoughts stand."""
    return page.get_by_role("button", name="Thinking")


def test_a_question_is_answered_with_the_thoughts_above_the_answer(ask):
    page = ask("vote", QUESTION.problem.prompt)
    answer = page.get_by_text("boxed").last
    expect(answer).to_be_visible()
    expect(page.locator("#chat-submit")).to_be_visible()
    drafts = page.get_by_text("8 drafts: ")
    if not drafts.is_visible():
        thoughts(page).click()
    expect(drafts).to_be_visible()
    assert drafts.bounding_box()["y"] < answer.bounding_box()["y"]
    into = os.environ.get("REDRAFT_SCREENSHOTS")
    if into is not None:
        page.screenshot(path=Path(into) / "chainlit.png")


def test_stopping_the_thoughts_stops_vllm(ask, redraft: str, abacus: VLLMServer):
    page = ask("long", QUESTION.problem.prompt)
    expect(thoughts(page)).to_be_visible()
    wait_until(lambda: in_engine(abacus.url) > 0, 60, "the engine was never asked")
    assert active(redraft) == 1
    page.locator("#stop-button").click()
    wait_until(lambda: active(redraft) == 0, STOPPED, "the run goes on")
    wait_until(lambda: in_engine(abacus.url) == 0, STOPPED, "the engine goes on")


def test_stopping_in_mid_answer_stops_the_call(ask, redraft: str, slow: MockServer):
    page = ask("slow", QUESTION.problem.prompt)
    expect(page.get_by_text("word word word")).to_be_visible()
    assert (active(redraft), slow.in_flight) == (1, 1)
    page.locator("#stop-button").click()
    wait_until(lambda: (active(redraft), slow.in_flight) == (0, 0), STOPPED, "the call goes on")
    assert slow.stats.aborted == 1
    expect(page.get_by_text("word word word")).to_be_visible()
