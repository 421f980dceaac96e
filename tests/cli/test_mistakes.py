"""A user's mistakes: one line each that names the place and the way out, and no model is asked."""

import json
from pathlib import Path

import pytest

from redraft.models import SHIPPED, Shipped
from redraft.testing import MockServer, http_error


def command(url: str, *, file: str = "problems.jsonl") -> tuple[str, ...]:
    return ("solve", file, "--recipe", "single", "--model", "mock", "--endpoint", url)


@pytest.fixture
def refused(here: Path, serve, redraft):
    """Run a command that must be refused; returns what it said."""

    def run(*arguments: object, status: int = 2, server: MockServer | None = None) -> str:
        found, out, err = redraft(*arguments)
        assert found == status, err
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("redraft: error: ")
        assert server is None or server.requests == 0
        return err

    return run


SINGLE = ("solve", "problems.jsonl", "--recipe", "single")


def test_an_unknown_recipe(refused):
    assert "did you mean 'pdr'?" in refused("solve", "problems.jsonl", "--recipe", "prd")


def test_an_unknown_knob(refused):
    told = refused("solve", "problems.jsonl", "--recipe", "pdr", "--set", "width=8")
    assert "no knob 'width'; did you mean 'widths'?" in told


def test_a_wrong_value(refused):
    told = refused("solve", "problems.jsonl", "--recipe", "pdr", "--set", "widths=8,x")
    assert "knob widths" in told


def test_no_recipe(refused):
    assert "add --recipe NAME" in refused("solve", "problems.jsonl")


def test_no_problems(refused):
    assert "name a file" in refused("solve", "--recipe", "single")


def test_no_model(refused):
    told = refused(*SINGLE)
    for way in ("--endpoint", "--vllm", "redraft.toml"):
        assert way in told


def test_a_missing_file(refused, serve):
    server = serve()
    told = refused(*command(server.url, file="none.jsonl"))
    assert "none.jsonl" in told
    assert "no such file" in told


def test_a_broken_first_line(refused, here: Path, serve):
    server = serve()
    (here / "broken.jsonl").write_text('{"question": "2+2?", \n')
    told = refused(
        *command(server.url, file="broken.jsonl"),
        server=server,
    )
    assert "broken.jsonl: line 1: broken JSON" in told


def test_wrong_fields(refused, here: Path, serve):
    server = serve()
    (here / "odd.jsonl").write_text('{"frage": "2+2?"}\n')
    told = refused(*command(server.url, file="odd.jsonl"))
    assert "odd.jsonl: line 1" in told
    assert "--fields" in told


def test_a_broken_line_in_the_middle_stops_or_is_skipped(here: Path, serve, redraft):
    server = serve()
    lines = (here / "problems.jsonl").read_text().splitlines()
    (here / "problems.jsonl").write_text("\n".join([*lines[:2], "{broken", *lines[2:]]))
    status, _, err = redraft(*SINGLE, "--model", "mock", "--endpoint", server.url, "--out", "r")
    assert status == 2
    assert "problems.jsonl: line 3: broken JSON" in err
    assert "Traceback" not in err
    status, out, err = redraft(
        *SINGLE, "--model", "mock", "--endpoint", server.url, "--out", "r", "--on-error", "skip"
    )
    assert status == 0, err
    assert "line 3" in out
    assert len((here / "r/records.jsonl").read_text().splitlines()) == 4


def test_a_server_that_is_down(refused):
    told = refused(*SINGLE, "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", status=1)
    assert "http://127.0.0.1:9" in told


def test_a_url_that_is_none(refused):
    assert "no endpoint; write it like" in refused(
        *SINGLE, "--endpoint", "127.0.0.1:8000", "--model", "m"
    )


def test_a_model_that_the_server_lacks(refused, serve):
    server = serve()
    told = refused(*SINGLE, "--endpoint", server.url, "--model", "mok", server=server)
    assert "did you mean 'mock'?" in told


def test_the_folder_of_another_job(refused, serve, redraft):
    server = serve()
    assert redraft(*SINGLE, "--model", "mock", "--endpoint", server.url, "--out", "r")[0] == 0
    told = refused(
        *(
            "solve",
            "problems.jsonl",
            "--recipe",
            "vote",
            "--out",
            "r",
            "--model",
            "mock",
            "--endpoint",
            server.url,
        )
    )
    assert "holds another job" in told
    assert "recipe" in told


def test_a_prompt_set_that_there_is_not(refused, here: Path, serve):
    server = serve()
    model = f'[models.one]\nendpoint = "{server.url}"\nmodel = "mock"\n'
    (here / "redraft.toml").write_text(f'{model}prompts = "compct"\n')
    told = refused(*SINGLE, server=server)
    assert "redraft.toml: models.one.prompts: no prompt set 'compct'; known: compact" in told
    (here / "other.toml").write_text(f'{model}prompts = "."\n')
    assert "other.toml: models.one.prompts" in refused(*SINGLE, "--config", "other.toml")
    assert "redraft.toml: models.one.prompts" in refused("doctor")


def test_a_shipped_model_without_its_weights(refused, here: Path, monkeypatch):
    monkeypatch.setitem(SHIPPED, "abacus", Shipped("abacus", 1, here / "none", "compact"))
    monkeypatch.setattr("redraft.models.vllm.server.require_vllm", lambda: None)
    told = refused(*SINGLE, "--vllm", "abacus", status=1)
    assert "abacus: this installation of Redraft lacks its weights" in told


def test_a_job_file_that_is_none(refused, here: Path):
    (here / "job.toml").write_text("recipe = 3\n")
    assert "job.toml" in refused("solve", "--job", "job.toml")
    assert "none.toml" in refused("solve", "--job", "none.toml")


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("none.py:x", "no such file"),
        ("bad.py:x", "bad.py, line 1"),
        ("raises.py:x", "ZeroDivisionError"),
        ("good.py:graf", "did you mean 'graph'?"),
        ("good.py:number", "got int"),
        ("./good:graph", "write module:attribute or file.py:attribute"),
        ("no.such.module:x", "No module named"),
    ],
)
def test_a_recipe_of_ones_own_that_cannot_be_used(refused, here: Path, recipe: str, words: str):
    (here / "bad.py").write_text("def :\n")
    (here / "raises.py").write_text("1 / 0\n")
    (here / "good.py").write_text("number = 3\ndef graph():\n    return None\n")
    assert words in refused("show", recipe)


def test_when_no_problem_could_be_tried_the_run_has_failed(here: Path, serve, redraft):
    server = serve(faults=[http_error(400, message="no template")] * 4)
    status, _, err = redraft(*SINGLE, "--model", "mock", "--endpoint", server.url, "--retries", 0)
    assert status == 1
    assert "no problem could be tried" in err
    assert "no template" in err
    assert "redraft solve --job runs/single-problems/job.toml" in err
    assert json.loads((here / "runs/single-problems/summary.json").read_text())["problems"] == 4
    assert redraft("solve", "--job", "runs/single-problems/job.toml")[0] == 0


def test_a_traceback_for_those_who_ask(here: Path, redraft, monkeypatch):
    monkeypatch.setenv("REDRAFT_TRACEBACK", "1")
    with pytest.raises(Exception, match="unknown recipe"):
        redraft("show", "prd")
