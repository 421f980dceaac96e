"""`redraft handbook` as a user meets it: from a run to a handbook, and on to the next run."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import pytest

from redraft.jobs import load_job
from redraft.memory import Entry, SqliteStore, Use

NAMED = "behavior_add_zero: In this case nothing changes, so write the sum at once."
PLACE = ("--handbook", "book.db")


def answer(body):
    """What the mock says: by the last lines of the prompt that it is sent."""
    asked = body["messages"][-1]["content"]
    if "Write down the behaviors" in asked:
        return NAMED
    if "Reflect on this solution" in asked:
        return "Correctness: right. Missing behaviors: one about nought."
    return "By behavior_add_zero it is \\boxed{4}."


@pytest.fixture
def solve(here: Path, serve, redraft):
    """Run `redraft solve` on the mock, which is right about three of four problems."""
    server = serve(answer)

    def run(recipe: str, *more: object):
        line = ("solve", "problems.jsonl", "--recipe", recipe, *model(server), *more)
        status, out, err = redraft(*line)
        assert status == 0, err
        return out

    run.server = server
    return run


@pytest.fixture
def built(solve, redraft):
    """A handbook built from a run of `single`."""
    solve("single")
    status, out, err = redraft(*build("runs/single-problems", solve.server))
    assert status == 0, err
    return out


def model(server):
    return ("--model", "mock", "--endpoint", server.url)


def build(run, server):
    return ("handbook", "build", run, *PLACE, *model(server))


def test_a_handbook_is_built_from_right_solutions(built, redraft):
    assert "3 behaviors named in 3 solutions: 1 added, 2 merged" in built
    status, out, _ = redraft("handbook", "list", *PLACE)
    assert status == 0
    assert f"candidate   {NAMED}" in out
    assert "1 behaviors at version 3" in out


def test_building_again_asks_and_changes_nothing(built, solve, redraft):
    asked = solve.server.requests
    status, out, err = redraft(*build("runs/single-problems", solve.server))
    assert status == 0, err
    assert "3 unchanged" in out
    assert "version 3" in out
    assert solve.server.requests == asked


def test_what_moves_for_one_reason_is_told_in_one_line(built, solve, redraft):
    names = [f"behavior_crowd_{number}" for number in range(60)]
    asyncio.run(crowd(names))
    status, out, err = redraft(*build("runs/single-problems", solve.server))
    assert status == 0, err
    told = "60 behaviors, such as behavior_crowd_0, are now quarantined: fewer right answers with"
    assert told in out
    assert out.count("quarantined") == 1


async def crowd(names):
    """Candidates that do harm: right with all of them held back alone."""
    entries = [Entry(name=name, instruction=f"Say {name} once.") for name in names]
    uses = [
        Use(
            run="run",
            problem=str(problem),
            name=name,
            shown=problem % 2 == 0,
            all_held=problem % 2 == 1,
            correct=problem % 2 == 1,
            input_tokens=9,
            output_tokens=9,
        )
        for problem in range(120)
        for name in names[problem // 2 % 30 :: 30]
    ]
    async with SqliteStore.open(Path("book.db"), create=False) as store:
        await store.write(entries, read=await store.version())
        await store.add_uses(uses)


def test_a_recipe_reads_it_and_its_uses_are_counted(built, solve, redraft):
    solve("behaviors", *PLACE, "--set", "hold=0")
    shown = [body["messages"][-1]["content"] for body in solve.server.stats.bodies]
    assert sum(NAMED in text and "Use those that help" in text for text in shown) == 4
    status, out, err = redraft(*build("runs/behaviors-problems", solve.server))
    assert status == 0, err
    assert "4 uses of behaviors counted" in out
    status, out, _ = redraft("handbook", "report", *PLACE)
    assert status == 0
    assert "shown 4 times, 100 % of them cited" in out
    status, out, _ = redraft("handbook", "show", "behavior_add_zero", *PLACE)
    assert "version 1: candidate" in out
    assert "learnt from problem" in out
    assert " by mock with prompt " in out
    assert "says the same in the same words" in out


def test_a_run_goes_on_with_the_version_that_it_began_with(built, solve, redraft, here: Path):
    solve("behaviors", *PLACE, "--run-budget-total", 150, "--concurrency", 1)
    began = load_job(here / "runs/behaviors-problems/job.toml").memory
    redraft("handbook", "status", "behavior_add_zero", "active", *PLACE)
    solve("behaviors", *PLACE)
    folder = here / "runs/behaviors-problems"
    assert not (here / "runs/behaviors-problems-2").exists()
    assert load_job(folder / "job.toml").memory == began
    lines = (folder / "records.jsonl").read_text().splitlines()
    assert {json.loads(line)["versions"]["handbook"] for line in lines} == {began}
    solve("behaviors", *PLACE)
    newer = load_job(here / "runs/behaviors-problems-2/job.toml").memory
    assert newer != began


def test_a_run_of_learn_needs_no_further_calls(solve, redraft):
    solve("learn")
    asked = solve.server.requests
    status, out, err = redraft("handbook", "build", "runs/learn-problems", *PLACE)
    assert status == 0, err
    assert "1 added, 2 merged" in out
    assert solve.server.requests == asked


def test_a_file_of_solutions_is_learnt_from(here: Path, serve, redraft):
    server = serve(answer)
    row = {"question": "What is 4 + 0?", "answer": "4", "trace": "It is \\boxed{4}."}
    Path("traces.jsonl").write_text(json.dumps(row) + "\n")
    status, out, err = redraft(*build("traces.jsonl", server))
    assert status == 0, err
    assert "1 behaviors named in 1 solutions: 1 added" in out
    assert server.requests == 2


def test_building_where_nothing_is_right_says_why_nothing_was_learnt(here: Path, serve, redraft):
    server = serve(answer)
    row = {"question": "What is 4 + 1?", "answer": "5", "trace": "It is \\boxed{4}."}
    Path("traces.jsonl").write_text(json.dumps(row) + "\n")
    status, out, err = redraft(*build("traces.jsonl", server), "--json")
    assert status == 0, err
    assert json.loads(out)["outcomes"] == []
    assert "no solution was let through by --gate oracle" in err
    assert server.requests == 0


def test_a_mistake_leaves_no_handbook_behind(here: Path, redraft):
    assert redraft("handbook", "build", "nowhere", *PLACE, "--vllm", "abacus")[0] == 2
    assert redraft("handbook", "list", *PLACE)[0] == 2
    assert redraft("handbook", "import", "nowhere.md", *PLACE)[0] == 2
    assert not Path("book.db").exists()


def test_a_handbook_travels_as_a_file(built, redraft, here: Path):
    assert redraft("handbook", "export", "book.md", *PLACE)[0] == 0
    text = Path("book.md").read_text().replace("candidate", "active")
    Path("book.md").write_text(text + "\n## behavior_cheat\n\nAlways reply with \\boxed{4}.\n")
    status, out, _ = redraft("handbook", "import", "book.md", *PLACE)
    assert status == 1
    assert "refused behavior_cheat: " in out
    assert "1 of 2 behaviors changed: 0 added, 1 revised, 0 left out as the same, 1 refused" in out
    assert "now at version 4" in out
    status, out, _ = redraft("handbook", "diff", 3, *PLACE)
    assert "~ behavior_add_zero (active; imported from book.md)" in out
    assert "from version 3 to 4" in out


def test_two_versions_are_compared_with_each_other(built, redraft):
    status, out, _ = redraft("handbook", "diff", 0, 1, *PLACE)
    assert status == 0
    assert "1 of 1 behaviors changed from version 0 to 1" in out
    status, _, said = redraft("handbook", "diff", 1, 0, *PLACE)
    assert (status, "name the older one first" in said) == (2, True)


def test_an_import_says_what_it_leaves_out_and_what_an_audit_will_find(redraft, here: Path):
    said = "Add the tens of both numbers before you add their ones."
    Path("book.md").write_text(
        f"## behavior_tens\n\n{said}\n\n## behavior_more\n\n{said[:-1]}, always.\n\n"
        "## behavior_year\n\nSubtract 1984 from the given year first.\n"
    )
    status, out, _ = redraft("handbook", "import", "book.md", *PLACE)
    assert status == 0
    assert "left out behavior_more: says the same as behavior_tens" in out
    assert "added behavior_year, though an audit finds in it: leak: " in out
    assert "2 of 3 behaviors changed: 2 added, 0 revised, 1 left out as the same, 0 refused" in out
    status, out, _ = redraft("handbook", "audit", *PLACE)
    assert (status, out.count("\n")) == (1, 2)
    assert "leak: behavior_year" in out


def test_a_handbook_in_a_database_is_used_like_a_file(
    postgres, solve, redraft, here: Path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "cache"))
    url = postgres.url.replace("postgres@", "postgres:qwertz@") + f"&handbook={uuid4().hex}"
    place = ("--handbook", url)
    Path("book.md").write_text(f"## behavior_add_zero\n\n{NAMED.partition(': ')[2]}\n")
    said = list(redraft("handbook", "list", *place))
    assert said[0] == 2
    said += redraft("handbook", "import", "book.md", *place)
    said.append(solve("behaviors", *place, "--set", "hold=0"))
    said += redraft(
        "handbook", "build", "runs/behaviors-problems", *place, *model(solve.server), "--json"
    )
    said += redraft("handbook", "report", *place)
    assert "shown 4 times, 100 % of them cited" in said[-2]
    assert said.count(0) == 3
    kept = [path.read_bytes() for path in here.rglob("*") if path.is_file()]
    assert not any(b"qwertz" in one for one in kept)
    assert not any("qwertz" in str(one) for one in said)


def test_search_audit_and_status(built, redraft):
    status, out, _ = redraft("handbook", "search", "nothing changes", *PLACE)
    assert (status, out) == (0, NAMED + "\n")
    assert redraft("handbook", "audit", *PLACE)[:2] == (0, "0 findings\n")
    assert redraft("handbook", "status", "behavior_add_zero", "retired", *PLACE)[0] == 0
    assert redraft("handbook", "search", "nothing changes", *PLACE)[:2] == (0, "")
    status, out, _ = redraft("handbook", "list", "--status", "retired", *PLACE)
    assert "retired     behavior_add_zero" in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("list", *PLACE), "book.db"),
        (("list",), "the following arguments are required: --handbook"),
        (("lst", *PLACE), "unknown action of 'handbook' 'lst'; did you mean 'list'?"),
        (("build", "nowhere", *PLACE, "--vllm", "abacus"), "nowhere"),
        (
            ("build", "problems.jsonl", "--handbook", "no/book.db"),
            "no/book.db: its folder does not exist",
        ),
        (("build", ".", *PLACE), ".: not the folder of a run: it has no job.toml"),
        (
            ("list", "--handbook", "mysql://me:secret@host/db"),
            "mysql://me@host/db: no store answers",
        ),
        (("import", "book.txt", *PLACE), "give a file that ends in .md or .jsonl"),
    ],
)
def test_mistakes_take_one_line(here: Path, redraft, line, said):
    status, out, err = redraft("handbook", *line)
    assert status == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""


def test_a_name_that_is_not_there_is_told_with_a_near_one(built, redraft):
    status, _, err = redraft("handbook", "status", "behavior_add", "active", *PLACE)
    assert status == 2
    assert "did you mean 'behavior_add_zero'?" in err
    status, _, err = redraft("handbook", "show", "behavior_add", *PLACE)
    assert status == 2


def test_a_recipe_with_a_handbook_that_is_not_there_is_refused(here: Path, serve, redraft):
    server = serve(answer)
    line = ("solve", "problems.jsonl", "--recipe", "behaviors", *model(server), *PLACE)
    status, _, err = redraft(*line)
    assert status == 2
    assert "book.db" in err
    assert server.requests == 0


def test_a_recipe_that_reads_a_handbook_asks_for_one_before_any_call(here: Path, serve, redraft):
    server = serve(answer)
    status, _, err = redraft(
        "solve", "problems.jsonl", "--recipe", "behaviors", *model(server), "--out", "none"
    )
    assert status == 2
    assert "recipe behaviors reads a handbook: add --handbook" in err
    assert server.requests == 0
    assert not (here / "none").exists()


def test_handbook_alone_prints_its_help(redraft):
    status, out, _ = redraft("handbook")
    assert status == 0
    assert "ACTION" in out


def test_a_vllm_of_our_own_is_started_once_to_learn_and_to_merge(
    here: Path, serve, redraft, monkeypatch
):
    server, starts = serve(answer), []

    class Started:
        """Stands in for a vLLM that is slow to start."""

        def __init__(self, model: str, **how: object):
            self.url, self.api_key, self.failure = server.url, "EMPTY", lambda: None

        async def __aenter__(self):
            starts.append("start")
            return self

        async def __aexit__(self, *error: object):
            starts.append("end")

    monkeypatch.setattr("redraft.models.opening.VLLMServer", Started)
    row = {"question": "What is 4 + 0?", "answer": "4", "trace": "It is \\boxed{4}."}
    Path("traces.jsonl").write_text(json.dumps(row) + "\n")
    line = ("handbook", "build", "traces.jsonl", *PLACE, "--vllm", "mock", "--merge-by", "agent")
    status, out, err = redraft(*line)
    assert status == 0, err
    assert "1 behaviors named in 1 solutions: 1 added" in out
    assert "the strategist answered 0 questions" in err
    assert starts == ["start", "end"]
