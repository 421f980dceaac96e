"""What a vLLM log tells people."""

from pathlib import Path

import pytest

from redraft.models.vllm.log import explain_end, read_tail, stage

START = """\
(APIServer pid=9) INFO 11-21 07:22:16 [api_utils.py:286] non-default args: {'port': 8123}
(APIServer pid=9) WARNING 11-21 07:22:23 [vllm.py:1703] Enforce eager set, disabling torch.compile
(EngineCore pid=10) INFO 11-21 07:22:29 [core.py:133] Initializing a V1 LLM engine (v0.32.0)
(Worker pid=11) INFO 11-21 07:22:30 [runner.py:1] Starting to load model /models/m...
"""
CRASH = """\
(EngineCore pid=9) ERROR 11-21 07:22:29 [core.py:1510] EngineCore failed to start.
(EngineCore pid=9) ERROR 11-21 07:22:29 [core.py:1510] Traceback (most recent call last):
(EngineCore pid=9) ERROR 11-21 07:22:29 [core.py:1510]   File "x.py", line 1, in f
(EngineCore pid=9) ERROR 11-21 07:22:29 [core.py:1510] torch.OutOfMemoryError: CUDA out of memory.
Traceback (most recent call last):
RuntimeError: Engine core initialization failed. See root cause above.
"""


def test_the_last_mark_names_the_stage() -> None:
    lines = START.splitlines(keepends=True)
    reached = [stage("".join(lines[:count])) for count in range(len(lines) + 1)]
    assert reached == [
        "importing vLLM",
        "reading the model's configuration",
        "reading the model's configuration",
        "starting the engine",
        "loading weights",
    ]


def test_the_first_cause_is_told_with_a_hint_and_the_last_lines() -> None:
    first, *last = explain_end(CRASH).splitlines()
    assert first.startswith("torch.OutOfMemoryError: CUDA out of memory.; out of memory: give")
    assert len(last) == 6
    assert "Engine core initialization failed" in last[-1]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("OSError: [Errno 98] Address already in use", "free one"),
        ("huggingface_hub.errors.LocalEntryNotFoundError: Cannot find", "check its name"),
        ("/bin/sh: 1: lscpu: not found", "util-linux"),
        ("entry.py: error: unrecognized arguments: --nonsense", "unrecognized arguments: --non"),
        ("RuntimeError: operator torchvision::nms does not exist", "pip uninstall"),
        ("pydantic_core.ValidationError: 1 validation error for M\n  Value error, bad", "M: Value"),
        ("", "names no error"),
    ],
)
def test_known_failures_have_hints(text: str, hint: str) -> None:
    assert hint in explain_end(text).splitlines()[0]


def test_a_long_line_is_cut() -> None:
    assert max(map(len, explain_end(f"ValueError: {'x' * 10_000}").splitlines())) < 400


def test_only_what_this_start_wrote_is_read(tmp_path: Path) -> None:
    log = tmp_path / "vllm.log"
    log.write_bytes(b"old start\n" + b"new \xff start\n")
    assert read_tail(log, 10) == "new \ufffd start\n"
