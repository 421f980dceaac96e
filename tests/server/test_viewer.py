"""The viewer's pages: what they show, what they bear, and that what models write stays text."""

import asyncio
import json
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from redraft.core import (
    Behavior,
    Choice,
    Critique,
    Failure,
    Message,
    Origin,
    Recalled,
    Record,
    Reply,
    Request,
    Solution,
    Step,
    Usage,
    Workspace,
)
from redraft.models import Journal
from redraft.server import Run, RunState, make_viewer

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:"
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) ../../etc/passwd \0 \x1b[31m "
    r"\(\text{<script>alert(2)</script>}\) \(\href{javascript:alert(3)}{x}\) "
    r"\(\style{background:url(http://evil.example)}{x}\) $x^{\"onclick=alert(4)\"}$ "
    "\N{RIGHT-TO-LEFT OVERRIDE}&lt;img src=x onerror=alert(5)&gt;"
)


class Elements(HTMLParser):
    """All tags of a page and their attributes, as a browser would take them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def solution(name: str, text: str, *, answer: str | None = None, parents=(), calls=(), tokens=10):
    usage = Usage(input=tokens, output=tokens)
    return Solution(
        id=name, text=text, answer=answer, parents=parents, calls=calls, usage=usage, agent="draft"
    )


def record(number: int, **fields) -> Record:
    given = {"id": f"p{number}", "key": f"k{number}", "recipe": "vote", "answer": "4"}
    return Record.model_validate(given | {"gold": "4", "correct": True} | fields)


def put(path, *records: Record) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{one.model_dump_json()}\n" for one in records)


class Viewed:
    """A run that grows, and a browser that looks at it."""

    def __init__(self, folder, state: RunState) -> None:
        self.records = folder / "records.jsonl"
        self.journal = folder / "journal.sqlite"
        self.state = state
        run = Run("r", self.records, self.journal, lambda: self.state)
        app = make_viewer(lambda: {"r": run})
        self.client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)

    def get(self, path: str, status: int = 200) -> str:
        reply = self.client.get(f"/view{path}")
        assert reply.status_code == status, reply.text
        assert reply.headers["content-security-policy"].startswith(POLICY)
        assert reply.headers["x-content-type-options"] == "nosniff"
        return reply.text

    def listed(self, query: str = "") -> list[str]:
        """The ids in the list."""
        page = self.get(f"/r/?{query}")
        rows = page.split('<th scope="row">')[1:]
        return [row.split(">", 1)[1].split("<", 1)[0] for row in rows]


@pytest.fixture
def viewed(tmp_path) -> Viewed:
    return Viewed(tmp_path, RunState(facts=(("recipe", "vote"),)))


def test_a_list_tells_what_became_of_each_problem(viewed: Viewed):
    put(viewed.records, record(1), record(2, correct=False, answer="5"), record(3, correct=None))
    page = viewed.get("/r/")
    assert "1 of 3 graded ones right (33.3%)" in page
    for said in ("right", "wrong", "undecided"):
        assert f"{said}</span>" in page


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("show=wrong", ["p1", "p4"]),
        ("show=harmed", ["p1", "p2"]),
        ("show=wrong&show=harmed", ["p1"]),
        ("show=disagreeing", ["p3"]),
        ("show=expensive", ["p5"]),
        ("show=failed", ["p4"]),
        ("show=cut", ["p6"]),
        ("id=P2", ["p2"]),
        ("sort=tokens", ["p5", "p1", "p2", "p3", "p4", "p6"]),
        ("sort=seconds", ["p6", "p1", "p2", "p3", "p4", "p5"]),
    ],
)
def test_filters_combine_and_lists_are_sorted(viewed: Viewed, query: str, ids: list[str]):
    harmed = {"counts": {"right_to_wrong": 1}, "b_total": 5}
    put(
        viewed.records,
        record(1, correct=False, **harmed),
        record(2, **harmed),
        record(3, candidates=("4", None, "5"), b_total=5),
        record(4, correct=False, stopped_by="failed", b_total=5),
        record(5, candidates=("4", "4", None), b_total=99),
        record(6, stopped_by="calls", b_total=5, seconds=9),
    )
    assert viewed.listed(query) == ids


def test_a_page_has_fifty_problems_and_the_next_one_the_others(viewed: Viewed):
    put(viewed.records, *(record(n, correct=n % 2 == 0) for n in range(120)))
    assert len(viewed.listed("show=wrong")) == 50
    assert viewed.listed("show=wrong&page=2") == [f"p{n}" for n in range(101, 120, 2)]
    assert 'href="?show=wrong&amp;page=2"' in viewed.get("/r/?show=wrong")
    assert "Share of right answers" in viewed.get("/r/")
    assert "page 3 of 3" in viewed.get("/r/?page=9")


def test_a_run_that_goes_on_is_looked_at_again_until_it_is_complete(viewed: Viewed):
    assert "No problem is finished yet" in viewed.get("/r/")
    put(viewed.records, record(1))
    page = viewed.get("/r/")
    assert ('http-equiv="refresh"' in page, "Not complete" in page) == (True, True)
    assert 'http-equiv="refresh"' not in viewed.get("/r/?live=0")
    viewed.state = RunState(complete=True, problems=1)
    page = viewed.get("/r/")
    assert ('http-equiv="refresh"' in page, "Complete." in page) == (False, True)
    put(viewed.records, record(2))
    assert 'http-equiv="refresh"' in viewed.get("/r/")
    assert viewed.listed() == ["p1", "p2"]


def test_a_torn_last_line_is_told_and_read_when_it_is_whole(viewed: Viewed):
    put(viewed.records, record(1))
    line = f"{record(2).model_dump_json()}\n"
    with viewed.records.open("a") as file:
        file.write(line[:20])
        file.flush()
        assert "is not whole" in viewed.get("/r/")
        assert viewed.listed() == ["p1"]
        file.write(line[20:])
    assert viewed.listed() == ["p1", "p2"]


def test_a_line_that_is_no_record_is_told_and_left_out(viewed: Viewed):
    put(viewed.records, record(1))
    with viewed.records.open("a") as file:
        file.write("not json\n")
    put(viewed.records, record(2))
    assert "left out: 2." in viewed.get("/r/")
    assert viewed.listed() == ["p1", "p2"]
    assert "<h1>p2</h1>" in viewed.get("/r/problem/1")


def test_a_record_of_another_version_is_told(viewed: Viewed):
    viewed.records.write_text(json.dumps(record(1).model_dump(mode="json") | {"new": 1}) + "\n")
    assert "not one of this version" in viewed.get("/r/problem/0", 500)


def test_a_file_that_was_written_anew_is_read_anew(viewed: Viewed):
    put(viewed.records, record(1), record(2))
    assert viewed.listed() == ["p1", "p2"]
    fresh = viewed.records.with_suffix(".new")
    put(fresh, record(2), record(3), record(4))
    fresh.replace(viewed.records)
    assert viewed.listed() == ["p2", "p3", "p4"]


def test_without_gold_answers_nothing_is_called_right(viewed: Viewed):
    put(viewed.records, *(record(n, gold=None, correct=None) for n in range(30)))
    page = viewed.get("/r/")
    assert "none with a gold answer" in page
    assert "not graded" in page
    assert "is drawn from 40 graded problems on" in page


def test_a_failed_problem_without_artifacts_says_why(viewed: Viewed):
    failure = Failure(kind="model", node="draft", message="connection refused")
    put(viewed.records, record(1, stopped_by="failed", correct=None, failures=(failure,)))
    page = viewed.get("/r/problem/0")
    assert "connection refused" in page
    assert "it failed before an agent had answered" in page


def revised() -> Record:
    """A draft that a critic found wrong, its revision, and a draft that led nowhere."""
    return record(
        1,
        final="c",
        b_total=80,
        calls=4,
        artifacts=(
            solution("a", r"So \(x^2=4\), \boxed{2}.", answer="2", calls=("call-a",)),
            solution("d", "aside", answer="7"),
            Critique(
                id="b",
                parents=("a",),
                agent="critic",
                final_correct=False,
                first_error=1,
                steps=(Step(index=1, quote="x^2=4", correct=False, comment="no"),),
                usage=Usage(input=5, output=5),
            ),
            solution("c", "again", answer="4", parents=("a", "b", "gone")),
            Recalled(id="e", version="3", shown=(Behavior(name="behavior_x", instruction="do"),)),
        ),
    )


def test_a_problem_shows_its_graph_with_the_accepted_path(viewed: Viewed):
    put(viewed.records, revised())
    page = viewed.get("/r/problem/0")
    boxes = {
        a["href"]: str(a["class"]).split()
        for tag, a in Elements(page).found
        if tag == "a" and "box" in str(a.get("class"))
    }
    assert [boxes[f"#a{n}"][1] for n in range(5)] == ["path", "aside", "path", "path", "aside"]
    assert [href for href, classes in boxes.items() if "final" in classes] == ["#a3"]
    assert "★" in page
    assert "gone (not kept)" in page
    assert "behavior_x" in page
    assert "first error: step 1" in page
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page
    assert 'class="boxed"' in page


def test_a_call_is_shown_with_its_time_and_its_thinking(viewed: Viewed):
    async def keep() -> None:
        async with Journal.open(viewed.journal, job="j") as journal:
            asked = Request(
                messages=(Message(role="user", content="What is <x>?"),),
                origin=Origin(problem="k1", agent="draft"),
            )
            reply = Reply(
                choices=(Choice(content="It is 2.", reasoning="Well, $y^3$."),),
                usage=Usage(input=7, output=11, reasoning=3),
                seconds=1.25,
                key="call-a",
            )
            await journal.put("call-a", "m", asked, reply)

    asyncio.run(keep())
    put(viewed.records, revised())
    before = sorted(path.name for path in viewed.journal.parent.iterdir())
    page = viewed.get("/r/problem/0")
    assert "1.25" in page
    assert "What is &lt;x&gt;?" in page
    assert "7 in, 11 out (3 thinking)" in page
    assert "3 more calls made nothing" in page
    page = viewed.get("/r/problem/0/call/0")
    assert "What is &lt;x&gt;?" in page
    assert "<msup>" in page
    assert sorted(path.name for path in viewed.journal.parent.iterdir()) == before
    viewed.get("/r/problem/0/call/1", 404)


def test_a_journal_that_cannot_be_read_costs_the_times_alone(viewed: Viewed):
    viewed.journal.write_bytes(b"no database" * 100)
    put(viewed.records, revised())
    page = viewed.get("/r/problem/0")
    assert "The journal cannot be read just now" in page
    assert "again" in page


def test_what_models_write_never_becomes_markup(viewed: Viewed):
    hostile = solution('x"><script>', HOSTILE, answer=HOSTILE, parents=(HOSTILE,))
    naming = hostile.model_copy(update={"agent": HOSTILE, "model": HOSTILE, "id": HOSTILE})
    put(
        viewed.records,
        record(
            1,
            id=HOSTILE,
            answer=HOSTILE,
            gold=HOSTILE,
            recipe=HOSTILE,
            counts={HOSTILE: 1},
            failures=(Failure(kind=HOSTILE, message=HOSTILE),),
            candidates=(HOSTILE,),
            candidates_correct=(True,),
            artifacts=(hostile, naming, Workspace(id="w", text=HOSTILE, parents=(HOSTILE,))),
            final=HOSTILE,
        ),
    )
    for path in ("/r/", "/r/problem/0"):
        page = viewed.get(path)
        assert "\0" not in page
        assert "\x1b" not in page
        for tag, attributes in Elements(page).found:
            assert tag not in ("script", "img", "iframe", "object", "embed", "style", "base")
            assert not {name for name in attributes if name.startswith("on") or name == "style"}
            for name in ("href", "src", "action"):
                assert ":" not in (attributes.get(name) or "").replace("data:,", "")
    reply = viewed.client.get("/view/r/problem/0/artifact/0")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "/../records.jsonl",
        "/%2e%2e/%2e%2e/etc/passwd/",
        "/r/problem/..%2f..%2fetc%2fpasswd",
        "//etc/passwd/",
        "/r%00/",
        "/r/problem/99999999999999999999999",
        f"/r/problem/{'9' * 5000}",
        "/r/problem/0/artifact/9",
        "/r/problem/0/call/9",
        "/r/?show=no",
        "/r/?page=0",
        "/style.css/../app.py",
        "/x/",
    ],
)
def test_an_address_reaches_nothing_but_the_run(viewed: Viewed, path: str):
    put(viewed.records, record(1))
    reply = viewed.client.get(f"/view{path}")
    assert reply.status_code in (400, 404)
    assert "root:" not in reply.text


def test_a_page_is_answered_under_the_names_of_this_machine_alone(viewed: Viewed):
    assert viewed.client.get("/view/", headers={"host": "evil.example"}).status_code == 400
    assert viewed.client.get("/view/", headers={"host": "localhost:8090"}).status_code == 200


def test_long_texts_are_cut_and_have_a_page_of_their_own(viewed: Viewed):
    put(viewed.records, record(1, artifacts=(solution("a", "word " * 10_000),)))
    page = viewed.get("/r/problem/0")
    assert len(page) < 30_000
    assert "30,000 more characters" in page
    assert len(viewed.get("/r/problem/0/artifact/0")) == 50_000


def test_runs_are_compared(tmp_path):
    graded = RunState(complete=True, problems=10, tokens=300, accuracy=0.5, low=0.2, high=0.8)
    states = {"a/one": graded, "b": RunState(), "c": graded.model_copy(update={"tokens": 30})}
    runs = {
        name: Run(name, tmp_path / "r", tmp_path / "j", lambda state=state: state)
        for name, state in states.items()
    }
    client = TestClient(make_viewer(lambda: runs), base_url="http://127.0.0.1")
    page = client.get("/").text
    assert page.count("<circle") == 2
    assert 'href="/view/a/one/"' in page
    assert client.get("/view/a/one/").status_code == 200
