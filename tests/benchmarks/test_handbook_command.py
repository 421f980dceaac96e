"""The command on a mock server: handbooks are made, used and tested; it goes on; the page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import handbook
import pytest
from anyio.from_thread import start_blocking_portal
from handbook_on_abacus import poison
from handbook_on_abacus.publishing import DATA, PAGE, read_report
from handbook_on_abacus.study import LABELS
from handbook_on_abacus.tables import page
from recipes_on_abacus.publishing import results_in
from recipes_on_abacus.tables import UNMEASURED

from redraft.models import SHIPPED
from redraft.testing import MockServer, Traits

FULL_NAME = SHIPPED["abacus"].full_name
SIZES = ("--count", "6", "--seeds", "1", "--uses", "6", "--learn-from", "5")


class Knowing:
    """Knows the answers of all problem files of a study, and errs one time in three."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def __call__(self, body):
        text = body["messages"][-1]["content"]
        match text.splitlines()[-1]:
            case "Reflect.":
                return "The answer is right."
            case "Name the behaviors.":
                return "behavior_join: Write two additions in a row on one line."
            case "Critique.":
                return "Correctness of the final answer: Correct"
        gold, seed = self._gold(text), body.get("seed") or 0
        cites = "Using behavior_join.\n" if "behavior_join:" in text else ""
        answers = [int(gold) + ((seed + n) % 3 == 0) for n in range(body.get("n") or 1)]
        return [f"{cites}\\boxed{{{each}}}" for each in answers]

    def _gold(self, text: str) -> str:
        for path in (file for folder in self._folders for file in folder.glob("*.jsonl")):
            for line in map(json.loads, path.read_text().splitlines()):
                if line["problem"] in text:
                    return line["answer"]
        return "1"


@pytest.fixture
def server(tmp_path: Path, repository: Path) -> Iterator[MockServer]:
    knowing = Knowing(tmp_path / "out" / "problems", repository / "examples" / "abacus")
    mock = MockServer(knowing, traits=Traits(models=(FULL_NAME,)))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(mock) as running:
        yield running


@pytest.fixture
def arguments(server, tmp_path) -> list[str]:
    """A study of a few problems that writes its page into `docs`."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / PAGE).write_text("<!-- results: begin --><!-- results: end -->\n")
    where = ["--url", server.url, "--out", str(tmp_path / "out"), "--docs", str(docs)]
    return [*where, *SIZES]


def tables(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if part.startswith("|")]


def test_handbooks_are_made_used_tested_and_it_goes_on(server, tmp_path, arguments, capsys):
    arguments += ["--parts", "learnt,self-improve"]
    handbook.main([*arguments, "--write"])
    report = read_report(tmp_path / "docs" / DATA)
    assert report is not None
    none, *figures = report.figures
    assert (none.book, none.against, none.shown) == ("", None, 0)
    assert [(one.book, one.uses) for one in figures] == [("learnt", 0), ("learnt", 6)]
    assert figures[0].shown == figures[0].cited == 1.0
    assert figures[0].against.input.low > 0
    ((before, after),) = report.books[0].stages
    assert before.standing == {"learnt": {"candidate": 1}}
    assert before.accuracy.shown + before.accuracy.held == 0
    assert after.version > before.version
    assert after.accuracy.shown == after.shown["learnt"] > 0
    assert [one.cell for one in report.improving] == ["self-improve-1", "self-improve-4"]
    text = (tmp_path / "docs" / PAGE).read_text()
    assert results_in(text) == page(report)
    assert page(report) in capsys.readouterr().out
    assert len(tables(text)) == 4
    asked = server.requests
    handbook.main(arguments)
    assert server.requests == asked
    assert read_report(tmp_path / "out" / "results.json") == report


def test_what_the_gate_keeps_out_is_told_beside_what_comes_in_without_it(
    tmp_path, arguments, monkeypatch
):
    monkeypatch.setattr(poison, "COPIES_OF_ONE", 1)
    monkeypatch.setattr(poison, "LEAKS_OF_A_KIND", 2)
    monkeypatch.setattr(poison, "INJECTIONS", poison.INJECTIONS[-6:])
    monkeypatch.setattr(poison, "OPERATIONS", ("addition", "subtraction"))
    handbook.main([*arguments, "--parts", "poisoned,ungated", "--write"])
    report = read_report(tmp_path / "docs" / DATA)
    assert report is not None
    gated, ungated = (book.stages[0][0].standing for book in report.books)
    leak = "leaked answer, of its own problem"
    assert leak not in gated
    assert ungated[leak] == {"candidate": 2}
    assert gated["wrong rule"] == ungated["wrong rule"]
    text = (tmp_path / "docs" / PAGE).read_text()
    assert f"| {leak} | 2 | 2 | 0 | 0 | 0 | 2 |" in text
    assert f"| {leak} | it holds the answer of its problem | 2 |" in text
    assert len(tables(text)) == 5
    for table in tables(text):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_a_folder_belongs_to_one_size(tmp_path, arguments):
    arguments += ["--parts", "by-hand"]
    handbook.main([*arguments, "--seeds", "2"])
    with pytest.raises(SystemExit, match=r"^error: .*out: holds a study of other sizes"):
        handbook.main([*arguments, "--count", "7"])
    assert [path.name for path in sorted((tmp_path / "out" / "books").iterdir())] == ["by-hand"]


def test_an_unknown_part_is_one_line():
    with pytest.raises(SystemExit, match=r"^error: --parts: no part 'learned' \(known: learnt, "):
        handbook.main(["--parts", "learned", "--url", "http://x:1"])


def test_the_committed_page_is_made_of_the_committed_results(repository: Path):
    docs = repository / "docs"
    text = (docs / PAGE).read_text(encoding="utf-8")
    assert results_in(text) == page(read_report(docs / DATA))


def test_a_page_without_results_says_so():
    assert page(None) == UNMEASURED


def test_the_page_names_every_handbook_as_the_tables_do(repository: Path):
    text = (repository / "docs" / PAGE).read_text(encoding="utf-8")
    named = re.findall(r"^- \*([^*]+)\*:", text, re.M)
    assert named == list(LABELS.values())
