"""`redraft solve` as a user meets it: what it prints, keeps and returns."""

import json
from pathlib import Path

from redraft.testing import Traits


def command(url: str, *, recipe: str = "single", file: str = "problems.jsonl") -> tuple[str, ...]:
    return ("solve", file, "--recipe", recipe, "--model", "mock", "--endpoint", url)


def records(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def test_a_file_is_solved_and_summed_up(here: Path, serve, redraft):
    server = serve()
    status, out, err = redraft(
        *("solve", "problems.jsonl", "--recipe", "vote", "--set", "n=3"),
        *("--model", "mock", "--endpoint", server.url, "--concurrency", 16, "--out", "runs/first"),
    )
    assert status == 0, err
    assert "75.0% (95 % interval" in out
    assert "B_total" in out
    assert "runs/first/records.jsonl" in err
    assert {record["id"] for record in records(here / "runs/first")} == {"0", "1", "2", "3"}
    assert server.requests == 4
    assert {body["n"] for body in server.stats.bodies} == {3}


def test_the_same_command_again_asks_nothing(here: Path, serve, redraft):
    server = serve()
    line = command(server.url)
    first = redraft(*line)
    asked = server.requests
    second = redraft(*line)
    assert first[0] == second[0] == 0
    assert server.requests == asked == 4
    assert first[1].splitlines()[:4] == second[1].splitlines()[:4]
    assert [folder.name for folder in (here / "runs").iterdir()] == ["single-problems"]


def test_another_job_without_out_gets_another_folder(here: Path, serve, redraft):
    server = serve()
    line = command(server.url, recipe="vote")
    assert redraft(*line, "--set", "n=2")[0] == 0
    assert redraft(*line, "--set", "n=3")[0] == 0
    assert redraft(*line, "--set", "n=2")[0] == 0
    names = sorted(folder.name for folder in (here / "runs").iterdir())
    assert names == ["vote-problems", "vote-problems-2"]
    assert server.requests == 8


def test_a_job_file_runs_the_job_again_elsewhere(here: Path, serve, redraft):
    server = serve()
    line = command(server.url)
    assert redraft(*line, "--temperature", 0.3, "--max-tokens", 99, "--out", "a")[0] == 0
    status, _, err = redraft("solve", "--job", "a/job.toml", "--out", "b")
    assert status == 0, err
    assert len(records(here / "b")) == 4
    bodies = list(server.stats.bodies)
    assert len(bodies) == 8
    assert {body["temperature"] for body in bodies} == {0.3}
    assert {body["max_tokens"] for body in bodies} == {99}
    assert sorted(map(str, bodies[:4])) == sorted(map(str, bodies[4:]))


def test_a_limit_may_grow(here: Path, serve, redraft):
    server = serve()
    line = command(server.url)
    assert redraft(*line, "--out", "r", "--limit", 1)[0] == 0
    assert server.requests == 1
    assert redraft("solve", "--job", "r", "--limit", 3)[0] == 0
    assert server.requests == 3


def test_the_summary_as_json_is_all_of_standard_output(here: Path, serve, redraft):
    status, out, _ = redraft(*command(serve().url), "--json")
    assert status == 0
    assert json.loads(out)["correct"] == 3


def test_quiet_leaves_the_summary_alone(here: Path, serve, redraft):
    status, out, err = redraft(*command(serve().url), "--quiet")
    assert (status, err) == (0, "")
    assert "accuracy" in out


def test_plain_lines_where_there_is_no_terminal(here: Path, serve, redraft):
    url = serve(delay=0.05).url
    _, _, err = redraft(
        "solve", "problems.jsonl", "--recipe", "single", "--model", "mock", "--endpoint", url
    )
    assert "\x1b" not in err
    assert all(line.startswith("redraft: ") for line in err.splitlines())
    assert "4/4 problems, right 75.0%" in err


def test_prices_show_what_a_run_costs(here: Path, serve, redraft):
    line = command(serve().url)
    _, out, _ = redraft(*line, "--price-in", 1e6, "--price-out", 0)
    data = json.loads((here / "runs/single-problems/summary.json").read_text())
    paid = sum(usage["input"] for usage in data["usage"].values())
    assert f"{paid:,.2f}" in out


def test_budgets_bind(here: Path, serve, redraft):
    server = serve()
    line = command(server.url, recipe="sequential")
    status, out, _ = redraft(*line, "--budget-calls", 1, "--out", "r")
    assert status == 0
    assert server.requests == 4
    assert {record["stopped_by"] for record in records(here / "r")} == {"calls"}
    assert "calls" in out


def test_the_fields_of_a_file_can_be_named(here: Path, serve, redraft):
    (here / "odd.csv").write_text("frage,loesung\nWhat is 2+2?,4\n")
    line = command(serve().url, file="odd.csv")
    status, _, err = redraft(*line, "--fields", "question=frage,answer=loesung", "--out", "r")
    assert status == 0, err
    assert records(here / "r")[0]["correct"] is True


def test_a_config_is_found_where_one_stands(here: Path, serve, redraft):
    server = serve()
    (here / "redraft.toml").write_text(
        f'[models.default]\nendpoint = "{server.url}"\nmodel = "mock"\n'
        "[sampling.actor]\ntemperature = 0.25\n"
    )
    status, _, err = redraft("solve", "problems.jsonl", "--recipe", "single")
    assert status == 0, err
    assert {body["temperature"] for body in server.stats.bodies} == {0.25}


def test_a_catalogs_prompt_set_stays_with_the_job(here: Path, serve, redraft):
    server = serve()
    (here / "redraft.toml").write_text(
        f'[models.one]\nendpoint = "{server.url}"\nmodel = "mock"\nprompts = "compact"\n'
    )
    assert redraft("solve", "problems.jsonl", "--recipe", "single", "--out", "a")[0] == 0
    (here / "redraft.toml").unlink()
    assert redraft("solve", "--job", "a", "--out", "b")[0] == 0
    moved = serve()
    assert redraft("solve", "--job", "a", "--endpoint", moved.url, "--out", "c")[0] == 0
    bodies = [*server.stats.bodies, *moved.stats.bodies]
    assert len(bodies) == 12
    for body in bodies:
        (message,) = body["messages"]
        assert message["content"].endswith("\n\nSolve.")
    other = serve(traits=Traits(models=("other",)))
    line = ("solve", "--job", "a", "--endpoint", other.url, "--model", "other", "--out", "d")
    assert redraft(*line)[0] == 0
    assert {body["messages"][0]["role"] for body in other.stats.bodies} == {"system"}


def test_a_key_comes_from_the_environment_and_stays_out_of_the_folder(
    here: Path, serve, redraft, monkeypatch
):
    monkeypatch.setenv("MY_KEY", "s3cret-key")
    server = serve(traits=Traits(api_key="s3cret-key"))
    line = command(server.url)
    status, _, err = redraft(*line, "--api-key-env", "MY_KEY", "--out", "r")
    assert status == 0, err
    kept = b"".join(path.read_bytes() for path in (here / "r").iterdir())
    assert b"s3cret-key" not in kept
    assert redraft("solve", "--job", "r/job.toml")[0] == 0


def test_a_recipe_of_ones_own(here: Path, serve, redraft):
    (here / "mine.py").write_text(
        "from redraft.graphs import RECIPES\n"
        "def twice(n: int = 2):\n"
        "    'Two drafts.'\n"
        "    return RECIPES['vote'](n=n)\n"
    )
    server = serve()
    line = (
        "solve",
        "problems.jsonl",
        "--recipe",
        "mine.py:twice",
        "--model",
        "mock",
        "--endpoint",
        server.url,
    )
    status, _, err = redraft(*line)
    assert status == 0, err
    assert {body["n"] for body in server.stats.bodies} == {2}
    assert redraft("solve", "--job", "runs/twice-problems/job.toml")[0] == 0
    assert server.requests == 4


def test_standard_input_gets_a_folder_each_time(here: Path, serve, redraft, monkeypatch):
    server = serve()
    for question in ("2+2", "3+1"):
        with open(here / "pipe", "w+") as pipe:
            pipe.write(json.dumps({"question": question, "answer": "4"}))
            pipe.seek(0)
            monkeypatch.setattr("sys.stdin", pipe)
            line = ("solve", "-", "--recipe", "single", "--model", "mock")
            status, _, err = redraft(*line, "--endpoint", server.url)
            assert status == 0, err
    names = sorted(folder.name for folder in (here / "runs").iterdir())
    assert names == ["single-stdin", "single-stdin-2"]
    assert server.requests == 2


def test_a_start_that_failed_leaves_the_name_of_its_folder_free(here: Path, serve, redraft):
    line = ("solve", "problems.jsonl", "--recipe", "single", "--model", "mock")
    assert redraft(*line, "--endpoint", "http://127.0.0.1:9/v1")[0] == 1
    assert redraft(*line, "--endpoint", serve().url)[0] == 0
    assert [folder.name for folder in (here / "runs").iterdir()] == ["single-problems"]
