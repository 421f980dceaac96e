"""`redraft handbook merge` and `prune` as a user meets them."""

import asyncio
import json
from pathlib import Path

import pytest

from redraft.memory import SqliteStore, read_file

PLACE = ("--handbook", "book.db")
BOOK = """
## behavior_units

- status: active

Write the unit beside each quantity, and cancel what is equal.

## behavior_units_too

- status: candidate

Write each unit beside the quantity, and cancel what is equal.

## behavior_unit_words

- status: candidate

Write the units beside all quantities, and cancel equal ones.

## behavior_eggs

- status: active

Subtract 48 eggs first, then go on with the rest of the problem.
"""


@pytest.fixture
def book(here: Path) -> Path:
    """A handbook with a near duplicate, a paraphrase and a leak."""
    Path("book.md").write_text(BOOK)

    async def write() -> None:
        # An import would leave the near duplicate out.
        async with SqliteStore.open(here / "book.db") as store:
            await store.write(read_file(Path("book.md")), read=0)

    asyncio.run(write())
    return here / "book.db"


@pytest.fixture
def statuses(redraft):
    """What each behavior is, by its name."""

    def read() -> dict[str, str]:
        _, out, _ = redraft("handbook", "list", *PLACE)
        rows = [line.split() for line in out.splitlines()[:-1]]
        return {name.rstrip(":").removeprefix("behavior_"): status for status, name, *_ in rows}

    return read


def judging(decision: str):
    """A mock that decides so about every behavior it is asked about."""

    def answer(body):
        assert "What is to become of the new behavior" in body["messages"][-1]["content"]
        return json.dumps({"decision": decision, "into": 1, "reason": "one advice"})

    return answer


def model(server):
    return ("--merge-by", "agent", "--model", "mock", "--endpoint", server.url)


def test_a_merge_folds_near_duplicates_once(book, redraft, statuses):
    status, out, err = redraft("handbook", "merge", *PLACE, "--dry-run")
    assert (status, err) == (0, "")
    assert "retired: behavior_units_too: same as behavior_units (" in out
    assert "1 behaviors would be retired; the handbook is at version 1" in out
    assert statuses()["units_too"] == "candidate"
    status, out, _ = redraft("handbook", "merge", *PLACE)
    assert "1 behaviors retired; the handbook is at version 2" in out
    assert statuses() == {
        "eggs": "active",
        "unit_words": "candidate",
        "units": "active",
        "units_too": "retired",
    }
    status, out, _ = redraft("handbook", "merge", *PLACE, "--json")
    assert json.loads(out) == {"version": 2, "dry_run": False, "outcomes": []}


def test_a_merge_by_an_agent_asks_it_and_asks_nothing_twice(book, redraft, statuses, serve):
    server = serve(judging("merge"))
    status, out, err = redraft("handbook", "merge", *PLACE, *model(server))
    assert status == 0, err
    assert "same as behavior_units (the strategist: one advice)" in out
    assert "the strategist answered 2 questions, kept in runs/merge-book/merge.sqlite" in err
    assert statuses() == {
        "eggs": "active",
        "unit_words": "retired",
        "units": "active",
        "units_too": "retired",
    }
    asked = server.requests
    status, out, _ = redraft("handbook", "merge", *PLACE, *model(server))
    assert (status, server.requests) == (0, asked)
    assert out.startswith("0 behaviors retired")


def test_an_agent_that_keeps_is_not_asked_again_by_the_next_command(book, redraft, serve):
    server = serve(judging("keep"))
    for _ in range(2):
        status, out, err = redraft("handbook", "merge", *PLACE, *model(server), "--quiet")
        assert (status, err) == (0, "")
        assert out == "0 behaviors retired; the handbook is at version 1\n"
        assert server.requests == 2


def test_a_prune_puts_away_once_and_leaves_to_a_person_what_it_put_back(book, redraft, statuses):
    status, out, _ = redraft("handbook", "prune", *PLACE, "--dry-run")
    assert status == 0
    assert "quarantined: behavior_eggs: leak: holds numbers of several digits" in out
    assert "left to you: duplicate: behavior_units_too: says the same as" in out
    assert "1 quarantined in a dry run; the handbook is at version 1" in out
    assert statuses()["eggs"] == "active"
    status, out, _ = redraft("handbook", "prune", *PLACE)
    assert "1 quarantined; the handbook is at version 2" in out
    assert statuses()["eggs"] == "quarantined"
    status, out, _ = redraft("handbook", "prune", *PLACE)
    assert "0 put away; the handbook is at version 2" in out
    redraft("handbook", "status", "behavior_eggs", "active", *PLACE)
    status, out, _ = redraft("handbook", "prune", *PLACE)
    assert "left to you: leak: behavior_eggs" in out
    assert statuses()["eggs"] == "active"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("merge", "--handbook", "none.db"), "there is no handbook"),
        (("prune", "--handbook", "none.db"), "there is no handbook"),
        (("merge", *PLACE, "--merge-by", "agent"), "no model: give"),
        (("merge", *PLACE, "--vllm", "abacus"), "--vllm goes with --merge-by agent"),
        (("merge", *PLACE, "--merge-by", "me"), "expected rule or agent, got 'me'"),
    ],
)
def test_mistakes_take_one_line(book, redraft, line, said):
    status, out, err = redraft("handbook", *line)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_model_that_is_not_there_changes_nothing(book, redraft, statuses):
    gone = ("--merge-by", "agent", "--model", "m", "--endpoint", "http://127.0.0.1:9/v1")
    before = statuses()
    status, _, err = redraft("handbook", "merge", *PLACE, *gone, "--retries", 0)
    assert status == 1
    assert len(err.strip().splitlines()) == 1
    assert statuses() == before


def test_a_handbook_is_built_with_an_agent_that_merges(here: Path, redraft, serve):
    named = iter(
        f"behavior_{name}: Write {text} beside {rest}, and cancel what is equal."
        for name, text, rest in [
            ("units", "the unit", "each quantity"),
            ("more_units", "the units", "all quantities"),
        ]
    )

    def answer(body):
        asked = body["messages"][-1]["content"]
        if "Write down the behaviors" in asked:
            return next(named)
        if "What is to become" in asked:
            return json.dumps({"decision": "merge", "into": 1, "reason": "one advice"})
        return "Correctness: right. Missing behaviors: one."

    server = serve(answer)
    rows = ({"question": f"{n} + 0?", "answer": "4", "trace": "\\boxed{4}"} for n in (4, 5))
    Path("traces.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    line = ("handbook", "build", "traces.jsonl", *PLACE, *model(server), "--concurrency", 1)
    status, out, err = redraft(*line)
    assert status == 0, err
    assert "2 behaviors named in 2 solutions: 1 added, 1 merged" in out
    asked = server.requests
    status, out, _ = redraft(*line)
    assert "2 unchanged" in out
    assert server.requests == asked
