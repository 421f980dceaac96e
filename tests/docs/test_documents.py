"""What the documents show works: Python runs, commands and data parse, links lead somewhere.

Python blocks of one document run in order and share their names, in a folder that holds
`examples/` and the demo's problems as `problems.jsonl`; `await` may stand at the top. A command
line is any line of a `bash` block, or one of a `console` block that starts with `$`.
"""

import ast
import asyncio
import inspect
import json
import re
import shlex
import shutil
import sys
import tomllib
import types
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from redraft.cli.tree import parse
from redraft.graphs import RECIPES

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
    if path.exists()
]
READMES = sorted(ROOT.glob("redraft/*/README.md"))
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
LANGUAGES = {
    "python",
    "console",
    "bash",
    "toml",
    "json",
    "jsonl",
    "text",
    "markdown",
    "mermaid",
    "csv",
}


class Block(NamedTuple):
    """A fenced block; `line` counts from 1 and is where its text starts."""

    document: Path
    line: int
    language: str
    options: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks_of(document: Path) -> list[Block]:
    text = document.read_text(encoding="utf-8")
    return [
        Block(
            document, text.count("\n", 0, match.start()) + 2, match[1], match[2].strip(), match[3]
        )
        for match in FENCE.finditer(text)
    ]


def blocks(*languages: str) -> list[Block]:
    return [b for document in DOCUMENTS for b in blocks_of(document) if b.language in languages]


def commands() -> list[tuple[str, str]]:
    """Place and text of every command line, continuation lines joined."""
    found: list[tuple[str, str]] = []
    for block in blocks("console", "bash"):
        prompt = "$ " if block.language == "console" else ""
        for line in re.sub(r"\\\n\s*", " ", block.text).splitlines():
            if line.strip() and line.startswith(prompt):
                parts = re.split(r"[|;]|&&", line.removeprefix(prompt))
                found += [(str(block), part.strip()) for part in parts]
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_python_blocks_run(
    document: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    at_mock: Callable[[str], str],
):
    shutil.copy(ROOT / "examples" / "demo" / "problems.jsonl", tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType("document")
    monkeypatch.setitem(sys.modules, "document", module)
    for block in (b for b in blocks_of(document) if b.language == "python"):
        source = "\n" * (block.line - 1) + at_mock(block.text)
        code = compile(source, str(document), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        function = types.FunctionType(code, module.__dict__)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(function())
        else:
            function()


def test_every_block_says_what_it_is_and_none_is_left_out():
    odd = [
        f"{block}: ```{block.language} {block.options}"
        for document in DOCUMENTS
        for block in blocks_of(document)
        if block.language not in LANGUAGES or block.options
    ]
    assert not odd, "\n".join(odd)


@pytest.mark.parametrize(("place", "command"), commands())
def test_commands_are_understood(place: str, command: str, capsys: pytest.CaptureFixture[str]):
    program, *arguments = shlex.split(command.partition(" > ")[0], comments=True) or [""]
    if program == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(arguments) <= set(targets), place
    if program != "redraft":
        return
    try:
        options = parse(arguments)
    except SystemExit as exit_:
        pytest.fail(f"{place}: {command}\n{capsys.readouterr().err}") if exit_.code else None
        return
    recipe = RECIPES.get(getattr(options, "recipe", None) or "")
    if recipe is not None:
        recipe.parse(dict(options.settings))


@pytest.mark.parametrize("block", blocks("toml", "json", "jsonl"), ids=str)
def test_data_blocks_parse(block: Block):
    if block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "json":
        json.loads(block.text)
    else:
        assert all(isinstance(json.loads(line), dict) for line in block.text.splitlines())


@pytest.mark.parametrize(
    "document", [*DOCUMENTS, *READMES], ids=lambda path: str(path.relative_to(ROOT))
)
def test_links_lead_somewhere(document: Path):
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    broken = [target for target in targets if not (document.parent / target).exists()]
    assert not broken, f"{document.relative_to(ROOT)}: {', '.join(broken)}"


def test_every_document_is_reached_from_the_index():
    linked = LINK.findall((ROOT / "docs" / "index.md").read_text(encoding="utf-8"))
    pages = {path.name for path in ROOT.glob("docs/*.md")} - {"index.md"}
    assert pages <= set(linked)
