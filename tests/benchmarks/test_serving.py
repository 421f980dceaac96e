"""The load on a server of ours is measured; how it comes out is not a test's business."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_small_load_produces_its_figures(repository: Path, tmp_path: Path):
    script = repository / "benchmarks" / "serving.py"
    command = [sys.executable, str(script), "--tiny", "--out", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "bench-serving.json").read_text())
    figures = {figure["name"]: figure["value"] for figure in found["figures"]}
    assert figures["answers"] >= 2
    assert figures["errors"] == figures["runs left at the end"] == 0
    wanted = ("first byte, p50", "memory, peak", "CPU a chunk", "CPU a chunk of the mock")
    assert all(figures[name] >= 0 for name in wanted)
