"""Every benchmark runs and produces its figures; how they come out is not a test's business."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

FIGURES = {
    "cpu": ("raw aiohttp call", "single / raw", "vote n=8 / raw", "LangGraph + ChatOpenAI / raw"),
    "in_flight": ("calls in flight at the peak", "wall time / ideal"),
    "memory": ("peak for 10 problems", "peak for 30 problems", "growth from 10 to 30"),
    "replay": ("10 problems, 1 in flight: job / replay",),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_benchmark_produces_its_figures(name: str, repository: Path, tmp_path: Path):
    script = repository / "benchmarks" / f"{name}.py"
    command = [sys.executable, str(script), "--tiny", "--out", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / f"bench-{name}.json").read_text())
    figures = {figure["name"]: figure["value"] for figure in found["figures"]}
    assert set(FIGURES[name]) <= figures.keys()
    assert all(math.isfinite(value) for value in figures.values())
    assert all(figures[wanted] > 0 for wanted in FIGURES[name] if "growth" not in wanted)
    assert "figure" in done.stdout


def test_all_runs_every_benchmark(repository: Path):
    text = (repository / "benchmarks" / "all.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in text for name in FIGURES)
