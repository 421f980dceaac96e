"""`redraft view`: the runs that it finds, and what it says of those that are none."""

import socket
from pathlib import Path

import pytest

from redraft.cli.runs import open_run, runs_under, shelf_of
from redraft.core import InputError


@pytest.fixture
def solved(redraft, serve, here: Path) -> Path:
    """A run of four problems."""
    url = serve().url
    status, _, err = redraft(
        *("solve", "problems.jsonl", "--recipe", "single", "--endpoint", url, "--model", "mock"),
        *("--out", "runs/deep/one", "--quiet"),
    )
    assert status == 0, err
    return here / "runs/deep/one"


def test_a_run_says_how_it_is_doing(solved: Path):
    run = open_run(solved)
    state = run.state()
    assert (run.name, state.complete, state.problems, state.accuracy) == ("one", True, 4, 0.75)
    assert dict(state.facts)["recipe"] == "single"
    assert dict(state.facts)["model of default"] == "mock"
    assert run.records.read_text().count("\n") == 4


def test_a_run_without_a_report_is_not_complete(solved: Path):
    (solved / "summary.json").unlink()
    assert not open_run(solved).state().complete


def test_runs_are_found_in_folders_of_folders(solved: Path, here: Path):
    assert list(runs_under(here)) == ["runs/deep/one"]
    assert list(runs_under(solved)) == ["one"]
    shelf = shelf_of(here / "runs")
    (here / "runs/two").mkdir()
    (here / "runs/two/records.jsonl").touch()
    assert sorted(shelf()) == ["deep/one", "two"]
    with pytest.raises(InputError, match="no such folder of runs"):
        shelf_of(here / "nowhere")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("nowhere", "nowhere: no such folder"),
        ("problems.jsonl", "problems.jsonl: is no folder"),
        (".", "is no run, with neither job.toml nor records.jsonl in it"),
    ],
)
def test_what_is_no_run_is_told(redraft, here: Path, run: str, said: str):
    status, _, err = redraft("view", run)
    assert status == 2
    assert said in err


def test_a_job_that_cannot_be_read_is_told(redraft, here: Path):
    (here / "job.toml").write_text("recipe = 1")
    status, _, err = redraft("view", ".")
    assert status == 2
    assert "job.toml" in err


def test_a_port_that_is_taken_is_told(redraft, solved: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, err = redraft("view", solved, "--port", port)
    assert status == 2
    assert f"port {port} of 127.0.0.1 is taken" in err
