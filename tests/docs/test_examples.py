"""Each example runs as it stands, against a mock server."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


# Chainlit runs its app itself, and is no dependency.
APP = EXAMPLES / "chainlit_app.py"


@pytest.mark.parametrize(
    "example", sorted({*EXAMPLES.glob("*.py")} - {APP}), ids=lambda path: path.name
)
def test_an_example_runs(example: Path, tmp_path: Path, at_mock: Callable[[str], str]):
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    script = tmp_path / "examples" / example.name
    script.write_text(at_mock(example.read_text(encoding="utf-8")), encoding="utf-8")
    command = [sys.executable, "-W", "error", str(script.relative_to(tmp_path))]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()


def test_the_app_is_short_and_compiles():
    text = APP.read_text(encoding="utf-8")
    compile(text, str(APP), "exec")
    assert len(text.splitlines()) <= 40
