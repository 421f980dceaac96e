"""What `redraft serve` refuses, each in one line and before any model is asked."""

import importlib.util
import socket

import pytest

from redraft.cli import main
from redraft.cli.serve import serve as serve_command
from redraft.cli.serving import read_serving
from redraft.cli.tree import parse
from redraft.models import Catalog
from redraft.server import digest, new_key

URL = "http://127.0.0.1:1/v1"
LINE = ("serve", "--endpoint", URL, "--model", "m")


@pytest.fixture
def told(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def told(*line):
        try:
            status = main(line)
        except SystemExit as left:
            status = left.code
        return status, capsys.readouterr().err

    return told


def test_a_port_that_is_taken(told):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = told(*LINE, "--port", port)
    assert (status, said) == (
        2,
        f"redraft: error: port {port} of 127.0.0.1 is taken; choose another with --port\n",
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--host", "no-such-host.invalid", "--open"), "this name has no address"),
        (("--host", "192.0.2.1", "--open"), "is no address of this machine"),
        (("--host", "0.0.0.0"), "there is no key"),
        (("--port", "70000"), "up to 65535"),
        (("--key-env", "REDRAFT_NO_SUCH_KEY"), "REDRAFT_NO_SUCH_KEY is not set"),
        (("--log", "no/such/folder"), "the log no/such/folder: No such file"),
        (("--grace", "-1"), "at least 0"),
        (("--run-budget-total", "9"), "--run-budget-total is for batches"),
    ],
)
def test_a_mistake_is_one_line(told, options, why):
    status, said = told(*LINE, "--port", "0", *options)
    assert status == 2
    assert why in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--handbook", "none.db"), "none.db"),
        (("--threads", "no/threads.db"), "threads.db cannot be opened"),
        (("--threads", "postgresql://me:secret@127.0.0.1:1/threads"), "127.0.0.1:1"),
        (("--prompts", "none"), "none"),
    ],
)
def test_what_cannot_be_opened_is_told_before_a_model_starts(told, options, why):
    status, said = told("serve", "--vllm", "no/such-model", "--port", "0", *options)
    assert status == 2
    assert why in said
    assert "secret" not in said
    assert "no/such-model" not in said
    assert said.count("\n") == 1


def test_a_mistake_in_the_file_is_told_with_its_name(told, tmp_path):
    text = f'[models.m]\nendpoint = "{URL}"\nmodel = "m"\n[serve]\nrecipes = ["pdrr"]\n'
    (tmp_path / "redraft.toml").write_text(text)
    status, said = told("serve")
    assert status == 2
    assert said.startswith("redraft: error: redraft.toml: serve.recipes: no recipe 'pdrr'")


def test_what_is_not_installed_is_named(told, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setitem(
        serve_command.__globals__,
        "find_spec",
        lambda name: None if name == "uvicorn" else found(name),
    )
    status, said = told(*LINE)
    assert status == 2
    assert "'redraft serve' needs uvicorn: run pip install 'redraft[serve]'" in said


def test_a_new_key_is_printed_once_with_the_hash_that_the_file_keeps(capsys):
    assert main(["serve", "--new-key"]) == 0
    captured = capsys.readouterr()
    key = captured.out.strip()
    assert f'sha256 = "{digest(key)}"' in captured.err
    assert key not in captured.err


def test_options_lie_over_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDRAFT_KEY", new_key())
    file = f"""
[models.m]
endpoint = "{URL}"
model = "m"
[serve]
host = "0.0.0.0"
port = 9000
grace = 3
[serve.keys.alice]
sha256 = "{digest("x")}"
"""
    (tmp_path / "redraft.toml").write_text(file)
    catalog = Catalog.of_endpoint(URL, "m")
    plain = read_serving(parse(["serve"]), catalog)
    assert (plain.host, plain.port, plain.grace) == ("0.0.0.0", 9000, 3)
    changed = read_serving(
        parse(
            ["serve", "--port", "0", "--host", "::1", "--grace", "0", "--key-env", "REDRAFT_KEY"]
        ),
        catalog,
    )
    assert (changed.host, changed.port, changed.grace) == ("::1", 0, 0)
    assert [key.name for key in changed.keys] == ["alice", "REDRAFT_KEY"]
