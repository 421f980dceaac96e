"""The viewer beside the API: both answer at one server, and its keys hold for the pages too."""

import pytest
from starlette.testclient import TestClient

from redraft.core import Record
from redraft.models import Endpoint
from redraft.server import (
    Furnishing,
    Key,
    Operations,
    Run,
    RunState,
    Serving,
    add_viewer,
    digest,
    furnish,
    make_app,
    make_service,
)

KEY = "a key of more than twenty characters"


@pytest.fixture
async def client(tmp_path):
    """`client(serving)` is a browser before a server with one run."""
    record = Record(id="p<1>", key="k", recipe="vote")
    (tmp_path / "records.jsonl").write_text(f"{record.model_dump_json()}\n")
    run = Run("r", tmp_path / "records.jsonl", tmp_path / "journal.sqlite", RunState)
    async with (
        Endpoint("http://127.0.0.1:9/v1", "mock") as endpoint,
        furnish(Furnishing()) as furnished,
    ):
        service = await make_service({"default": endpoint}, furnished)

        def before(serving: Serving) -> TestClient:
            app = make_app(service, Operations(service, serving))
            add_viewer(app, lambda: {"r": run})
            return TestClient(app, base_url="http://127.0.0.1")

        yield before


async def test_the_pages_stand_beside_the_api(client):
    browser = client(Serving())
    assert browser.get("/v1/models").json()["object"] == "list"
    page = browser.get("/view")
    assert page.history[0].status_code == 307
    assert '<a href="/view/r/">r</a>' in page.text
    page = browser.get("/view/r/")
    assert "p&lt;1&gt;" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    assert len(page.headers.get_list("content-security-policy")) == 1
    assert browser.get("/view/r/problem/0").status_code == 200
    assert browser.get("/view/style.css").headers["content-type"].startswith("text/css")


async def test_an_unknown_page_is_a_page_and_an_unknown_call_is_not(client):
    browser = client(Serving())
    page = browser.get("/view/nobody/")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert browser.get("/v2/nobody").json()["error"]["type"] == "invalid_request_error"


async def test_keys_hold_for_the_pages(client):
    browser = client(Serving(keys=(Key(name="me", sha256=digest(KEY)),)))
    assert browser.get("/view/r/").status_code == 401
    assert "p&lt;1&gt;" not in browser.get("/view/r/problem/0").text
    assert browser.get("/view/r/", headers={"x-api-key": KEY}).status_code == 200
