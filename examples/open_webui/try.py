"""Open WebUI in a browser over Redraft and Abacus: `.venv/bin/python examples/open_webui/try.py`.

Installs Open WebUI in `runs/open_webui` (1.3 GB), asks a question, looks at the thoughts, asks a
longer one and stops it. Needs a checkout after `make install`, and Chromium.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Page, expect, sync_playwright

VERSION = "0.12.4"
HERE = Path(__file__).parent
PLACE = Path("runs/open_webui").absolute()
WRITTEN = "http://127.0.0.1:8080/v1"
PORT = "8090"
WEBUI = f"http://127.0.0.1:{PORT}"
QUESTION = "Nina starts with 583 buttons. She buys 370 more. She sells 139 buttons. How many now?"
# Only local speech, ranking and character recognition use these; some bring torch along.
LEFT_OUT = (
    "accelerate",
    "einops",
    "faster-whisper",
    "opencv-python-headless",
    "rapidocr",
    "sentence-transformers",
    "transformers",
)
# Would come along with those.
BROUGHT = ("numpy", "python-dateutil", "typer")


def install() -> None:
    """Make the environment, once."""
    if (PLACE / "installed").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", PLACE / "venv"], check=True)
    python = PLACE / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", f"open-webui=={VERSION}"], check=True)
    ask = "import importlib.metadata as m, json; print(json.dumps(m.requires('open-webui')))"
    asked = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    needed = [
        one
        for one in json.loads(asked.stdout)
        if "extra ==" not in one and not one.startswith(LEFT_OUT)
    ]
    subprocess.run([*pip, *needed, *BROUGHT], check=True)
    (PLACE / "installed").touch()


@contextmanager
def redraft() -> Iterator[str]:
    """The base URL of `redraft serve` with Abacus."""
    command = [sys.executable, "-m", "redraft.cli", "serve", "--port", "0"]
    command += ["--config", str(HERE / "redraft.toml"), "--log", str(PLACE / "requests.jsonl")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                sys.stderr.write(line)
                if "serving at " in line:
                    yield line.partition("serving at ")[2].strip()
                    return
            sys.exit("redraft serve has ended")
        finally:
            process.terminate()


@contextmanager
def open_webui(url: str) -> Iterator[None]:
    """Open WebUI over the server at `url`, with a folder of its own for what it keeps."""
    text = (HERE / "settings.env").read_text(encoding="utf-8").replace(WRITTEN, url)
    settings = dict(line.split("=", 1) for line in text.splitlines())
    command = [PLACE / "venv" / "bin" / "open-webui", "serve", "--host", "127.0.0.1"]
    env = {**os.environ, **settings, "DATA_DIR": str(PLACE / "data")}
    (PLACE / "data").mkdir(exist_ok=True)
    with (
        (PLACE / "open_webui.log").open("w") as log,
        subprocess.Popen([*command, "--port", PORT], env=env, stdout=log, stderr=log) as process,
    ):
        try:
            wait(lambda: process.poll() is not None or answers(f"{WEBUI}/health"), 600)
            if process.poll() is not None:
                sys.exit(f"Open WebUI has ended: see {log.name}")
            yield
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def active(url: str) -> int:
    with urlopen(f"{url.removesuffix('/v1')}/active", timeout=5) as page:
        return json.load(page)["active"]


def wait(holds: Callable[[], bool], seconds: float) -> float:
    """The seconds until `holds`, at most so many."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            sys.exit(f"nothing happened for {seconds:g} s")
        time.sleep(0.05)
    return time.monotonic() - begun


def ask(page: Page, model: str, question: str) -> None:
    """Type `question` to `model` in a new chat."""
    page.goto(f"{WEBUI}/?models={model}&temporary-chat=true")
    box = page.locator("#chat-input")
    expect(box).to_be_visible()
    news = page.get_by_role("button", name="Okay, Let's Go!")
    if news.is_visible():
        news.click()
    box.click()
    page.keyboard.type(question)
    page.keyboard.press("Enter")


def talk(page: Page, url: str) -> None:
    """A question with its answer and thoughts, and one that is stopped."""
    ask(page, "vote", QUESTION)
    expect(page.get_by_role("button", name="Regenerate")).to_be_visible()
    answer = page.locator("#response-content-container")
    answer.get_by_role("button", name="Thought").click()
    expect(answer).to_contain_text("drafts:")
    page.screenshot(path=PLACE / "answer.png")
    print(answer.inner_text())
    # It also asks for questions that might follow, which no button stops.
    wait(lambda: active(url) == 0, 300)
    ask(page, "long", QUESTION)
    wait(lambda: active(url) > 0, 60)
    page.get_by_role("button", name="Stop").click()
    print(f"stopped: no run goes on after {wait(lambda: active(url) == 0, 30):.1f} s")


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    install()
    expect.set_options(timeout=120_000)
    with redraft() as url, open_webui(url), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page()
        page.set_default_timeout(120_000)
        try:
            talk(page, url)
        finally:
            page.screenshot(path=PLACE / "last.png")
            chromium.close()


if __name__ == "__main__":
    main()
