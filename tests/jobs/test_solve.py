"""The front door: from problems to records and a summary, in memory and in a run folder."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from langgraph.graph import END, START, StateGraph

import redraft
from redraft.core import (
    Budget,
    CallFinished,
    Choice,
    Context,
    InputError,
    ModelError,
    Problem,
    Request,
    StoreError,
)
from redraft.graphs import RECIPES
from redraft.jobs import (
    ProblemFinished,
    RunFolder,
    RunStarted,
    Settings,
    Source,
    Task,
    make_job,
    render,
    run_in_folder,
    solve,
)
from redraft.testing import Counting, Failing, Scripted

ONE = "I add. The answer is \\boxed{2}."
SUMS = [Problem(id=f"s{i}", prompt=f"What is {i} + 1?", answer=str(i + 1)) for i in range(6)]


def adder(request: Request) -> str:
    """Answers `What is i + 1?` rightly for even i."""
    i = int(request.messages[-1].content.split(" + ")[0].split()[-1])
    return f"The answer is \\boxed{{{i + 1 if i % 2 == 0 else 0}}}."


def model(script=adder) -> Counting:
    return Counting(Scripted(script))


async def test_five_lines_are_enough():
    results = await redraft.solve(["What is 1 + 1?"], models=Scripted([ONE]))
    (record,) = results
    assert (record.answer, record.correct, record.id) == ("2", None, "1")
    assert results.summary.problems == 1
    assert results.summary.accuracy is None


async def test_a_record_says_what_happened():
    (record,) = await solve(SUMS[:1], models=Scripted(adder))
    assert (record.id, record.answer, record.gold, record.correct) == ("s0", "1", "1", True)
    assert (record.recipe, record.calls, record.stopped_by) == ("single", 1, "done")
    (call,) = record.usage.values()
    assert record.b_seq == record.b_total == call.total > 0
    (artifact,) = record.artifacts
    assert artifact.id == record.final
    assert artifact.parents == ()
    assert artifact.kind == "solution"
    assert record.versions["redraft"] == redraft.__version__
    assert record.versions["model.default"] == "scripted"
    assert record.versions["prompt.draft"]


async def test_the_summary_adds_up():
    results = await solve(SUMS, models=model())
    summary = results.summary
    assert (summary.problems, summary.graded, summary.correct) == (6, 6, 3)
    assert summary.accuracy
    assert summary.accuracy.value == 0.5
    assert summary.calls == 6
    assert summary.complete
    assert summary.tokens.total == sum(record.b_total for record in results)
    assert summary.stopped_by == {"done": 6}
    assert summary.voted == 0
    assert not summary.oracle


async def test_several_candidates_give_pass_at_k_and_a_vote():
    def three(request: Request) -> list[str]:
        return [f"\\boxed{{{x}}}" for x in (1, 9, 9)]

    results = await solve(SUMS[:1], models=Scripted(three), recipe="vote", knobs={"n": 3})
    (record,) = results
    assert record.candidates == ("1", "9", "9")
    assert record.candidates_correct == (True, False, False)
    assert record.correct is False
    summary = results.summary
    assert summary.pass_at == pytest.approx({1: 1 / 3, 2: 2 / 3})
    assert summary.vote
    assert summary.vote.value == 0
    assert all(artifact.parents for artifact in record.artifacts if artifact.agent == "vote")


async def test_problems_may_be_values_of_any_kind():
    given = ["What is 0 + 1?", {"question": "What is 2 + 1?", "answer": 3, "id": "x"}, SUMS[4]]
    results = await solve(given, models=model())
    assert {(r.id, r.answer, r.correct) for r in results} == {
        ("1", "1", None),
        ("x", "3", True),
        ("s4", "5", True),
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["ok", {"foo": 1}], "problem 2: no field for the question"),
        ([SUMS[0], SUMS[0]], "problem 2: id 's0' is problem 1's too"),
    ],
)
async def test_bad_values(given, words):
    with pytest.raises(InputError, match=words):
        await solve(given, models=Scripted(lambda _: ONE))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"recipe": "singel"}, "unknown recipe 'singel'; did you mean 'single'"),
        ({"recipe": "vote", "knobs": {"m": 3}}, "no knob 'm'"),
        ({"recipe": "vote", "knobs": {"n": 0}}, "knob n"),
        ({"settings": Settings(prompts="/nowhere")}, "/nowhere"),
    ],
)
async def test_wrong_arguments(options, words):
    with pytest.raises(InputError, match=words):
        await solve(SUMS, models=model(), **options)


async def test_ones_own_graph():
    async def answer(state: redraft.State, context: Context) -> dict[str, object]:
        from redraft.agents import DRAFT

        (solution,) = await DRAFT(context, state["problem"])
        return {"final": solution}

    graph = StateGraph(redraft.State, Context)
    graph.add_node("answer", redraft.node(answer))
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    for own in (graph, graph.compile(name="mine")):
        results = await solve(SUMS[:1], models=model(), recipe=own)
        assert results.summary.correct == 1
    assert results.summary.recipe == "mine"


async def test_a_failed_problem_is_a_record():
    broken = Failing(ModelError("http://x: status 400"), Scripted(adder), times=1)
    results = await solve(SUMS, models=broken, settings=Settings(concurrency=1, retries=0))
    failed = [record for record in results if record.stopped_by == "failed"]
    assert len(failed) == 1
    assert failed[0].failures[0].kind == "model"
    assert (failed[0].answer, failed[0].correct) == (None, False)
    assert results.summary.failures == {"model": 1}
    assert results.summary.problems == 6


async def test_a_budget_ends_a_problem():
    settings = Settings(budget=Budget(calls=1))
    results = await solve(
        SUMS[:1], models=model(), recipe="sequential", knobs={"rounds": 3}, settings=settings
    )
    (record,) = results
    assert record.calls == 1
    assert record.stopped_by == "calls"
    assert record.answer == "1"


async def test_a_run_budget_ends_the_run_and_a_larger_one_goes_on(tmp_path: Path):
    def within(tokens: int) -> Settings:
        return Settings(concurrency=1, run_budget=Budget(total_tokens=tokens))

    problems = [f"What is {i} + 1?" for i in range(60)]
    whole = (await solve(problems, models=model())).summary.tokens.total
    cut = await solve(problems, models=model(), out=tmp_path, settings=within(whole // 2))
    assert not cut.summary.complete
    assert 0 < cut.summary.stopped_by["done"] < 60
    assert cut.summary.stopped_by["run_total_tokens"] >= 1
    assert cut.summary.tokens.total <= whole // 2
    again = await solve(problems, models=model(), out=tmp_path, settings=within(whole // 2))
    assert again.summary.calls == cut.summary.calls
    rest = await solve(problems, models=model(), out=tmp_path, settings=within(2 * whole))
    assert rest.summary.complete
    assert rest.summary.problems == 60
    assert rest.summary.stopped_by == {"done": 60}


async def test_only_so_many_completions_are_in_flight():
    counting = model(lambda _: "\\boxed{1}")
    settings = Settings(concurrency=4)
    results = await solve(
        (f"Q{i}" for i in range(50)),
        models=counting,
        recipe="vote",
        knobs={"n": 2},
        settings=settings,
    )
    assert results.summary.problems == 50
    assert counting.peak <= 4
    assert counting.completions == 100


async def test_problems_are_taken_as_others_finish():
    taken = 0

    def problems():
        nonlocal taken
        for i in range(200):
            taken += 1
            yield f"Q{i}"

    most_ahead = 0

    def watch(event: object) -> None:
        nonlocal most_ahead, finished
        if isinstance(event, ProblemFinished):
            finished += 1
            most_ahead = max(most_ahead, taken - finished)

    finished = 0
    await solve(
        problems(), models=model(lambda _: ONE), settings=Settings(concurrency=8), on_event=watch
    )
    assert finished == 200
    assert most_ahead <= 12


async def test_events_tell_the_whole_story(tmp_path: Path):
    seen: list[object] = []
    await solve(SUMS, models=model(), out=tmp_path / "run", on_event=seen.append)
    assert seen[0] == RunStarted(0)
    assert sum(isinstance(event, CallFinished) for event in seen) == 6
    assert sum(isinstance(event, ProblemFinished) for event in seen) == 6


async def test_a_run_folder_holds_everything(tmp_path: Path):
    path = tmp_path / "sums.jsonl"
    path.write_text(
        "".join(json.dumps({"question": p.prompt, "answer": p.answer}) + "\n" for p in SUMS)
    )
    results = await solve(path, models=model(), out=tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    job = tomllib.loads(folder.job.read_text())
    assert job["problems"]["path"] == str(path)
    assert job["recipe"] == "single"
    assert folder.journal.exists()
    lines = folder.records.read_text().splitlines()
    assert {json.loads(line)["id"] for line in lines} == {str(i) for i in range(1, 7)}
    assert json.loads(folder.summary.read_text())["correct"] == 3
    assert len(results.records) == 6
    assert "50.0%" in render(results.summary)


async def test_starting_again_does_nothing_and_says_the_same(tmp_path: Path):
    first = await solve(SUMS, models=model(), out=tmp_path)
    records = (tmp_path / "records.jsonl").read_bytes()
    counting = model()
    second = await solve(SUMS, models=counting, out=tmp_path, settings=Settings(concurrency=7))
    assert counting.calls == 0
    assert second.summary == first.summary
    assert (tmp_path / "records.jsonl").read_bytes() == records


async def test_more_problems_go_on_in_the_same_folder(tmp_path: Path):
    await solve(SUMS[:2], models=model(), out=tmp_path)
    counting, events = model(), []
    results = await solve(SUMS, models=counting, out=tmp_path, on_event=events.append)
    assert counting.calls == 4
    assert events[0] == RunStarted(2, 2, 1)
    assert results.summary.problems == 6


async def test_records_are_made_again_from_the_journal(tmp_path: Path):
    first = await solve(SUMS, models=model(), out=tmp_path)
    (tmp_path / "records.jsonl").unlink()
    counting = model()
    second = await solve(SUMS, models=counting, out=tmp_path)
    assert counting.calls == 0
    plain = {"seconds": 0.0, "tokens_per_second": 0.0}
    assert second.summary.model_copy(update=plain) == first.summary.model_copy(update=plain)


async def test_failed_problems_are_tried_again(tmp_path: Path):
    settings = Settings(retries=0)
    broken = Failing(ModelError("http://x: down"), Scripted(adder), times=2)
    first = await solve(SUMS, models=broken, out=tmp_path, settings=settings)
    assert first.summary.stopped_by == {"done": 4, "failed": 2}
    counting = model()
    second = await solve(SUMS, models=counting, out=tmp_path, settings=settings)
    assert counting.calls == 2
    assert second.summary.stopped_by == {"done": 6}
    assert sorted(record.id for record in second) == [p.id for p in SUMS]


async def test_a_model_that_is_gone_stops_the_run(tmp_path: Path):
    gone = Failing(ModelError("http://x: connection refused"), Scripted(adder))
    with pytest.raises(ModelError, match=r"100 problems in a row failed .*connection refused"):
        await solve(
            (f"What is {i} + 1?" for i in range(10_000)),
            models=gone,
            out=tmp_path,
            settings=Settings(retries=0, concurrency=8),
        )
    assert gone.calls < 200
    results = await solve((f"What is {i} + 1?" for i in range(200)), models=model(), out=tmp_path)
    assert results.summary.stopped_by == {"done": 200}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"recipe": "vote"}, 'recipe was "single" and is now "vote"'),
        ({"settings": Settings(seed=5)}, "settings.seed was 0 and is now 5"),
        (
            {"settings": Settings(budget=Budget(calls=3))},
            "settings.budget.calls was not set and is",
        ),
        (
            {"models": Scripted(adder, name="other")},
            'models.default was "scripted" and is now "oth',
        ),
    ],
)
async def test_a_folder_of_another_job(tmp_path: Path, options, words):
    await solve(SUMS, models=model(), out=tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=words):
        await solve(SUMS, **{"models": model(), "out": tmp_path, **options})
    assert contents(tmp_path) == before


async def test_a_folder_that_is_no_run_folder(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        await solve(SUMS, models=model(), out=tmp_path / "file" / "run")
    (tmp_path / "records.jsonl").touch()
    with pytest.raises(InputError, match="records but no job"):
        await solve(SUMS, models=model(), out=tmp_path)


async def test_a_damaged_record_is_named(tmp_path: Path):
    await solve(SUMS, models=model(), out=tmp_path)
    records = tmp_path / "records.jsonl"
    records.write_text("garbage\n" + records.read_text())
    with pytest.raises(StoreError, match="line 1: not a record"):
        await solve(SUMS, models=model(), out=tmp_path)


async def test_skipped_lines_are_reported(tmp_path: Path):
    path = tmp_path / "p.jsonl"
    path.write_text('{"question": "What is 2 + 1?"}\n{broken\n')
    source = Source(path=str(path), on_error="skip")
    recipe = RECIPES["single"]
    job = make_job(source, recipe, {}, {"default": {"model": "scripted"}}, Settings())
    task = Task(job, recipe, {"default": model()}, lambda _: None)
    summary = await run_in_folder(task, tmp_path / "run")
    assert (summary.problems, summary.skipped) == (1, 1)
    assert "line 2: broken JSON" in summary.skipped_first[0]
    assert "line 2: broken JSON" in render(summary)


async def test_the_oracle_is_marked():
    results = await solve(
        SUMS[:1],
        models=model(
            lambda r: Choice(content=adder(r)) if "What" in r.messages[-1].content else ONE
        ),
        recipe="critique",
        knobs={"gate": "oracle"},
    )
    assert results.summary.oracle
    assert "ORACLE" in render(results.summary)


def test_import_is_light():
    code = (
        "import sys, redraft; heavy = {'pydantic', 'langgraph', 'openai', 'vllm', 'aiohttp'};"
        "print(sorted(heavy & set(sys.modules)), redraft.Problem.__name__, 'solve' in dir(redraft))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "[] Problem True\n"


def test_an_unknown_name_of_the_package():
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        redraft.sovle  # noqa: B018
