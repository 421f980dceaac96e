"""Imports go down only, rooms are entered by their front door, and light things stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

PACKAGE = Path(__file__).parents[2] / "redraft"
HEAVY = (
    "langgraph",
    "langchain_core",
    "openai",
    "torch",
    "sentence_transformers",
    "vllm",
    "rich",
    "sympy",
    "pyarrow",
    "psycopg",
)
LANGGRAPH_FREE = ("core", "models", "tools", "agents", "testing")


def test_import_contracts_hold(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(repository)
    status = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert status == 0, capsys.readouterr().out


def imported(path: Path) -> list[tuple[int, str]]:
    """Line and full name of everything that a module imports, at the top or inside."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.lineno, node.module))
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def test_another_room_is_entered_by_its_front_door():
    trespasses = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: imports {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, name in imported(path)
        if name.startswith("redraft.") and name.count(".") > 1
        if name.split(".")[1] != room_of(path)
    ]
    assert not trespasses, "\n".join(trespasses)


def test_no_import_is_relative():
    relative = [
        f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative, "\n".join(relative)


@pytest.mark.parametrize("room", LANGGRAPH_FREE)
def test_an_agent_runs_without_a_graph(room: str):
    graphs = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: imports {name}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for line, name in imported(path)
        if name.split(".")[0] in ("langgraph", "langchain_core", "langchain_openai")
    ]
    assert not graphs, "\n".join(graphs)


@pytest.mark.parametrize("module", ["redraft", "redraft.core", "redraft.cli", "redraft.memory"])
def test_heavy_libraries_are_imported_late(module: str):
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
