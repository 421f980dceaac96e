"""The viewer in a real browser: Debian's Chromium, driven by Playwright, and `redraft view`.

`REDRAFT_SCREENSHOTS=docs/images` with `REDRAFT_SCREENSHOT_RUN=runs/demo` writes the pictures of the
documents: they show that run.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Browser, Page, expect

from redraft.testing import MockServer, default_answer

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

PROBLEMS = 60
STATUS = re.compile(r"(\d+) of 60 problems")


def answer(body: dict) -> object:
    """Drafts with a formula, half of them right; critics as the schema has them."""
    if body.get("response_format"):
        return default_answer(body)
    asked = json.dumps(body["messages"])
    right = hashlib.blake2b(asked.encode()).digest()[0] % 2
    return f"Since $x^2 = 16$, we have \\(x = \\frac{{8}}{{2}}\\).\n\\boxed{{{4 if right else 5}}}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that `redraft solve` has made."""
    place = tmp_path_factory.mktemp("viewed")
    rows = ({"id": f"p{n}", "question": f"Case {n}: x?", "answer": "4"} for n in range(PROBLEMS))
    (place / "problems.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    server = MockServer(answer)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as mock:
        command = [sys.executable, "-m", "redraft.cli", "solve", "problems.jsonl", "--quiet"]
        command += ["--recipe", "critique", "--endpoint", mock.url, "--model", "mock"]
        subprocess.run([*command, "--out", "run"], cwd=place, check=True, timeout=300)
    return place / "run"


@contextmanager
def shown(folder: Path) -> Iterator[str]:
    """The address at which `redraft view` shows the run in `folder`."""
    command = [sys.executable, "-m", "redraft.cli", "view", str(folder), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/", said)
            assert found is not None, said
            yield found[0]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """The run's front page."""
    with shown(folder) as address:
        yield address


class Watched:
    """A page, and all that it asked for or complained of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(60_000)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))

    def check(self) -> None:
        """Nothing went wrong, and nothing was asked of anybody else."""
        assert self.complaints == []
        assert self.asked
        assert [to for to in self.asked if not to.startswith((self.url, "data:,"))] == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Open a page in a window of its own; what it did is checked at the end."""
    opened: list[Watched] = []

    def go(url: str, path: str = "", **how: object) -> Watched:
        context = browser.new_context(viewport={"width": 1000, "height": 900}, **how)
        watched = Watched(context.new_page(), url)
        watched.page.goto(url + path)
        opened.append(watched)
        return watched

    yield go
    for watched in opened:
        watched.page.context.close()
        watched.check()


def test_filters_filter_and_the_next_page_goes_on(visit, url: str):
    page = visit(url).page
    expect(page.locator("#found")).to_have_text("60 of 60 problems")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.locator("a[rel=next]").first.click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.get_by_label("wrong").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr").first).to_contain_text("✗ wrong")
    expect(page.get_by_label("wrong")).to_be_checked()
    found = STATUS.search(page.locator("#found").inner_text())
    assert found is not None
    assert 0 < int(found[1]) < PROBLEMS
    expect(page.locator("tbody .right")).to_have_count(0)


def test_the_accepted_path_is_seen_and_reached_by_the_keyboard(visit, url: str):
    page = visit(url).page
    page.locator("tbody th a").first.click()
    final = page.locator("svg.lineage a.final")
    expect(final).to_be_visible()
    expect(final).to_contain_text("★")
    assert page.locator("svg.lineage a.path rect.inner").count() >= 1
    final.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#a*")
    article = page.locator("article:target")
    expect(article).to_contain_text("★ accepted")
    expect(article).to_be_in_viewport()
    fraction = article.locator("math mfrac").bounding_box()
    assert fraction is not None
    assert fraction["height"] > fraction["width"]


def test_a_call_shows_what_was_asked_and_its_time(visit, url: str):
    page = visit(url, "view/run/problem/0").page
    page.locator("table th a").first.click()
    expect(page.locator("main")).to_contain_text("Case ")
    expect(page.locator("main")).to_contain_text("seconds")


def test_the_pages_are_dark_where_the_reader_likes_it(visit, url: str):
    colours = {
        scheme: visit(url, color_scheme=scheme).page.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    }
    assert colours["light"] == "rgb(255, 255, 255)"
    assert colours["dark"] == "rgb(21, 23, 26)"


def test_a_list_looks_again_while_the_run_goes_on(visit, folder: Path, tmp_path: Path):
    shutil.copy(folder / "job.toml", tmp_path)
    lines = (folder / "records.jsonl").read_text().splitlines(keepends=True)
    records = tmp_path / "records.jsonl"
    records.write_text(lines[0])
    with shown(tmp_path) as url:
        page = visit(url).page
        expect(page.locator("tbody tr")).to_have_count(1)
        with records.open("a") as file:
            file.write(lines[1])
        expect(page.locator("tbody tr")).to_have_count(2, timeout=60_000)


def test_what_a_model_writes_is_not_run(visit, folder: Path, tmp_path: Path):
    hostile = (
        "<script>alert(1)</script><img src=http://192.0.2.1/x onerror=alert(2)>"
        r"\(\text{<img src=x onerror=alert(3)>}\) \(\href{javascript:alert(4)}{x}\)"
    )
    record = json.loads((folder / "records.jsonl").read_text().splitlines()[0])
    record |= {"id": hostile, "answer": hostile, "gold": hostile}
    for artifact in record["artifacts"]:
        artifact |= {"agent": hostile, "text": hostile}
    (tmp_path / "records.jsonl").write_text(f"{json.dumps(record)}\n")
    with shown(tmp_path) as url:
        page = visit(url).page
        page.locator("tbody th a").click()
        expect(page.locator("h1")).to_have_text(hostile)
        assert page.locator("script, img, [onerror], [href^=javascript]").count() == 0


def test_pictures_for_the_documents(visit):
    into = os.environ.get("REDRAFT_SCREENSHOTS")
    run = os.environ.get("REDRAFT_SCREENSHOT_RUN")
    if into is None or run is None:
        pytest.skip("REDRAFT_SCREENSHOTS and REDRAFT_SCREENSHOT_RUN name no folders")
    with shown(Path(run)) as url:
        _take(visit, url, Path(into))


def _take(visit, url: str, into: Path) -> None:
    page = visit(url, "?").page
    page.get_by_label("answers disagree").check()
    page.get_by_role("button", name="Show").click()
    page.locator("summary", has_text="Accuracy").click()
    page.screenshot(path=into / "viewer-list.png")
    page.locator("tbody th a").first.click()
    page.screenshot(path=into / "viewer-problem.png")
