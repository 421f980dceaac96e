"""The command lines of `docs/frontends.md` for lm-eval and inspect, run as they stand.

They ask `redraft serve --vllm abacus`; what they report is far above what a model of noise gets.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from running_server import CLIENTS, client

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

WRITTEN = "http://127.0.0.1:8080"
ASKED = 10
RIGHT = 0.3
# Nothing but this machine can be reached: what asks elsewhere fails.
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1",
}


@pytest.fixture
def run(repository: Path, tmp_path: Path, served: str):
    """Runs the documented block that begins with `program`, with `more` at its end."""
    shutil.copytree(repository / "examples", tmp_path / "examples")
    text = (repository / "docs" / "frontends.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    def run(program: str, more: str = "") -> Path:
        client(program)
        (block,) = (one for one in blocks if re.search(rf"^\s*(\S+=\S+ )*{program} ", one, re.M))
        assert WRITTEN in block
        env = {**os.environ, **OFFLINE, "HF_HOME": str(tmp_path / "hub")}
        env |= {"INSPECT_LOG_FORMAT": "json", "PATH": f"{CLIENTS}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", f"{block.replace(WRITTEN, served).rstrip()}{more}"],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return tmp_path

    return run


def test_lm_eval_reports_a_score_of_somebody_who_calculates(run):
    folder = run("lm_eval")
    (file,) = (folder / "results").rglob("results_*.json")
    report = json.loads(file.read_text())
    assert report["n-samples"]["redraft_demo"]["effective"] == ASKED
    assert report["results"]["redraft_demo"]["exact_match,boxed"] >= RIGHT


@pytest.mark.parametrize("more", ["", " -M responses_api=true"], ids=["chat", "responses"])
def test_inspect_reports_a_score_of_somebody_who_calculates(run, more: str):
    (file,) = (run("inspect", more) / "logs").glob("*.json")
    report = json.loads(file.read_text())
    assert report["status"] == "success"
    assert report["results"]["completed_samples"] == ASKED
    (score,) = report["results"]["scores"]
    assert score["metrics"]["accuracy"]["value"] >= RIGHT
    for sample in report["samples"]:
        kinds = [part["type"] for part in sample["output"]["choices"][0]["message"]["content"]]
        assert kinds == ["reasoning", "text"]
