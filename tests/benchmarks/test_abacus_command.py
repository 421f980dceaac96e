"""The command itself, on a mock server: a quick look, the documents, and mistakes."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import abacus
import pytest
from anyio.from_thread import start_blocking_portal

from redraft import Problem
from redraft.models import SHIPPED
from redraft.testing import MockServer, Traits

FULL_NAME = SHIPPED["abacus"].full_name
QUICK = ("--count", "6", "--seeds", "1", "--cells", "single,vote-3")


def answer(body):
    """Drafts in the compact format; one in three is wrong, by the seed."""
    text = body["messages"][-1]["content"]
    number = int(re.search(r"(\d+) \+ 2 \+ 1", text)[1])
    seed = body.get("seed") or 0
    return [
        f"1. {number} + 2 = {number + 2}\n\\boxed{{{number + 3 + ((seed + i) % 3 == 0)}}}"
        for i in range(body.get("n") or 1)
    ]


@pytest.fixture
def server() -> Iterator[MockServer]:
    mock = MockServer(answer, traits=Traits(models=(FULL_NAME,)))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(mock) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path, toy_problem: Callable[[int], Problem]) -> Path:
    path = tmp_path / "test.jsonl"
    lines = [
        {"id": p.id, "problem": p.prompt, "answer": p.answer, **p.meta}
        for p in map(toy_problem, range(10))
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_quick_look(server, file, tmp_path, capsys):
    out, docs = tmp_path / "out", tmp_path / "docs"
    docs.mkdir()
    (docs / "abacus.md").write_text("<!-- results: begin --><!-- results: end -->\n")
    arguments = ["--problems", str(file), "--url", server.url, "--out", str(out), *QUICK]
    abacus.main([*arguments, "--write", "--docs", str(docs)])
    results = json.loads((out / "results.json").read_text())
    assert [cell["name"] for cell in results["cells"]] == ["single", "vote-3"]
    assert results["problems"] == 6
    assert results["critic"] is results["verifier"] is None
    asked = server.requests
    assert "| vote, n=3 |" in capsys.readouterr().out
    assert "| vote, n=3 |" in (docs / "abacus.md").read_text()
    assert server.stats.bodies[-1]["messages"][-1]["content"].endswith("\n\nSolve.")
    assert server.stats.bodies[-1]["max_tokens"] == 512
    abacus.main(arguments)
    assert server.requests == asked


def test_the_exact_checker_is_the_examples(server, file, tmp_path):
    check = abacus._first_wrong_step()
    assert check(["1 + 1 = 2"], "1. 1 + 1 = 2\n\\boxed{2}") is None
    assert check(["1 + 1 = 2"], "1. 1 + 1 = 3\n\\boxed{3}") == 1


def test_a_mistake_is_one_line(file, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match=r"^error: --cells: no cell 'vote-4'"):
        abacus.main(["--problems", str(file), "--cells", "vote-4", "--url", "http://x:1"])
    monkeypatch.setattr(sys, "argv", ["abacus.py", "--problems", str(tmp_path / "none.jsonl")])
    with pytest.raises(SystemExit, match=r"^error: .*none\.jsonl"):
        abacus.main()
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(SystemExit, match=r"^error: .*empty\.jsonl: the file is empty"):
        abacus.main(["--problems", str(empty)])
