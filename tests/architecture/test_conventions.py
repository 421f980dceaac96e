"""What a reader may rely on anywhere in the package: docstrings, front doors, no tricks."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import redraft

PACKAGE = Path(__file__).parents[2] / "redraft"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
LONGEST_STRING = 10
VAGUE = ("utils", "util", "helpers", "helper", "common", "misc")
DANGEROUS = ("eval", "exec", "compile", "__import__")
PICKLES = ("pickle", "cloudpickle", "dill", "marshal", "shelve")

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def sentences(text: str) -> int:
    return len(re.findall(r"[.!?](?=\s|$)", " ".join(text.split())))


def test_every_module_opens_with_one_to_three_sentences():
    wrong = [
        f"{name_of(path)}:1: {count} sentences"
        for path in MODULES
        if not 1 <= (count := sentences(ast.get_docstring(tree_of(path)) or "")) <= 3
    ]
    assert not wrong, "\n".join(wrong)


def documented(value: object, name: str) -> bool:
    """Whether a class or function has a docstring that nobody generated."""
    if not (inspect.isclass(value) or inspect.isroutine(value)):
        return True
    return bool(value.__doc__) and not value.__doc__.startswith(f"{name}(")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_exports_and_documents_it(room: str):
    module = importlib.import_module(f"redraft.{room}")
    exported: list[str] = module.__all__
    assert len(set(exported)) == len(exported)
    bare = [name for name in exported if not documented(getattr(module, name), name)]
    assert not bare, f"redraft.{room}: no docstring on {', '.join(bare)}"


def test_every_name_of_the_front_door_opens():
    for name in redraft.__all__:
        assert getattr(redraft, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        _ = redraft.sovle


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_a_readme_of_a_few_lines(room: str):
    lines = (PACKAGE / room / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {room}"
    assert 3 <= len(lines) <= 60


def test_no_star_imports():
    stars = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not stars, "\n".join(stars)


def test_a_file_is_named_for_what_it_holds():
    vague = [name_of(path) for path in MODULES if path.stem in VAGUE]
    assert not vague, "\n".join(vague)


def long_strings(tree: ast.Module) -> list[tuple[int, int]]:
    """Line and length of each string over the limit that is no docstring."""
    documents = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, Documented)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, lines)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if (lines := node.value.count("\n")) > LONGEST_STRING and node not in documents
        if "CREATE TABLE" not in node.value
    ]


def test_prompts_are_markdown_files_not_python():
    found = [
        f"{name_of(path)}:{line}: a string of {lines} lines"
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] != "cli"  # its help pages are prose for people
        for line, lines in long_strings(tree_of(path))
    ]
    assert not found, "\n".join(found)


def test_a_long_string_is_told_from_a_docstring():
    text = "\n" * (LONGEST_STRING + 1)
    assert not long_strings(ast.parse(f'"""{text}"""\ndef f():\n  """{text}"""\n'))
    assert long_strings(ast.parse(f'x = """{text}"""')) == [(1, LONGEST_STRING + 1)]


def test_no_text_is_ever_run_and_nothing_is_unpickled():
    found: list[str] = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                bad = node.func.id if node.func.id in DANGEROUS else ""
            elif isinstance(node, ast.Import):
                bad = next((a.name for a in node.names if a.name.split(".")[0] in PICKLES), "")
            elif isinstance(node, ast.ImportFrom):
                bad = node.module if (node.module or "").split(".")[0] in PICKLES else ""
            else:
                continue
            found += [f"{name_of(path)}:{node.lineno}: {bad}"] if bad else []
    assert not found, "\n".join(found)


def test_a_prompt_opens_with_its_contract():
    prompts = sorted((PACKAGE / "agents" / "prompts").rglob("*.md"))
    assert prompts
    wrong = [path.name for path in prompts if not path.read_text("utf-8").startswith("---\n")]
    assert not wrong, ", ".join(wrong)
