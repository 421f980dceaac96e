"""What the argument tree accepts, refuses and says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redraft.cli import main
from redraft.cli.reference import reference
from redraft.cli.tree import build, parse
from redraft.cli.wording import DOCTOR, RECIPES, SHOW, SOLVE, TOP

OPTIONS = ("recipe", "set", "endpoint", "model", "out", "concurrency", "vllm", "in-process")
HEAVY = ("langgraph", "openai", "pydantic", "rich", "aiohttp", "asyncio", "vllm", "redraft.core")


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stop:
        parse(arguments)
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert captured.out == ""
    assert captured.err.startswith("redraft: error: ")
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.mark.parametrize("command", ["", "solve", "show", "recipes", "doctor"])
def test_help_is_printed_without_heavy_imports(command: str):
    arguments = [command, "--help"] if command else ["--help"]
    code = (
        "import sys\nfrom redraft.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit as stop: assert stop.code == 0\n"
        f"print(*(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith(f"usage: redraft {command}".strip())
    assert run.stderr.split() == []


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 0
    assert "redraft doctor" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.split()[0] == "redraft"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["slove"], ["unknown command 'slove'", "did you mean 'solve'?"]),
        (["frobnicate"], ["unknown command", "known: solve, serve, view, show, recipes, doctor"]),
        (["solve", "x", "--recpie", "pdr"], ["unknown option --recpie", "did you mean --recipe?"]),
        (["solve", "x", "--rec", "pdr"], ["unknown option --rec"]),
        (["solve", "x", "y"], ["one argument too many: 'y'"]),
        (["solve", "x", "--limit", "many"], ["--limit: expected a number, got 'many'"]),
        (["solve", "x", "--limit", "0"], ["--limit: expected a whole number of at least 1"]),
        (["solve", "x", "--limit", "nan"], ["--limit: expected a finite number"]),
        (["solve", "x", "--retries", "-1"], ["--retries: expected"]),
        (["solve", "x", "--top-p", "1.5"], ["--top-p: expected a number above 0 and at most 1"]),
        (["solve", "x", "--timeout", "0"], ["--timeout: expected a number above 0"]),
        (["solve", "x", "--set", "widths"], ["--set: expected KNOB=VALUE", "'widths'"]),
        (["solve", "x", "--fields", "question"], ["--fields: expected NAME=FIELD"]),
        (["solve", "x", "--on-error", "ignore"], ["--on-error: expected stop or skip"]),
        (["solve", "x", "--kind", "maths"], ["--kind: expected math or choice"]),
        (["show"], ["RECIPE"]),
        (["show", "pdr", "--format", "png"], ["--format: expected text or mermaid or svg"]),
    ],
)
def test_a_mistake_takes_one_line(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
):
    told = refusal(arguments, capsys)
    for word in words:
        assert word in told


def test_numbers_may_be_written_as_people_do():
    found = parse(["solve", "x", "--run-budget-total", "1e6", "--limit", "1_000"])
    assert found.run_budget_total == 1_000_000
    assert found.limit == 1000


def test_settings_keep_their_order_and_fields_are_a_map():
    found = parse(
        ["solve", "x", "--set", "widths=8,4", "--set", "k = 2", "--fields", "question=q, answer=a"]
    )
    assert found.settings == [("widths", "8,4"), ("k", "2")]
    assert found.fields == {"question": "q", "answer": "a"}


def test_what_is_not_given_is_nothing():
    found = vars(parse(["solve", "problems.jsonl"]))
    given = {name: value for name, value in found.items() if value not in (None, False, [])}
    assert given == {"command": "solve", "problems": "problems.jsonl"}


def examples() -> list[str]:
    pages = (TOP, SOLVE, SHOW, RECIPES, DOCTOR)
    joined = (
        " ".join(line.rstrip("\\").strip() for line in example.lines)
        for page in pages
        for example in page.examples
    )
    return [f"redraft {part.strip()}" for text in joined for part in text.split("redraft ") if part]


@pytest.mark.parametrize("line", examples())
def test_the_examples_of_the_help_are_accepted(line: str):
    assert parse(line.split()[1:]).command


def test_the_options_that_scripts_rely_on_are_there():
    names = build()["solve"].format_help()
    for option in OPTIONS:
        assert f"  --{option} " in names


def test_the_reference_is_the_help(repository: Path):
    written = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == reference(), "run: python -m redraft.cli.reference > docs/cli.md"


def test_the_reader_of_a_pipe_may_leave():
    code = "import sys; from redraft.cli import main; sys.exit(main(['recipes']))"
    read, write = os.pipe()
    os.close(read)
    try:
        run = subprocess.run(
            [sys.executable, "-c", code],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(write)
    assert run.stderr == ""
    assert run.returncode == 1
