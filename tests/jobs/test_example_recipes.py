"""The recipes that read solved problems, from a handbook on disk to records and their replay."""

import json
from pathlib import Path

import pytest

from redraft.core import Budget, Example, InputError, Problem, Request
from redraft.jobs import Settings, solve
from redraft.memory import SqliteStore
from redraft.testing import Scripted

ASKED = Problem(id="p", prompt="What is 6 times 7?", answer="42")
KEPT = Example(
    key="k", problem="What is 6 times 8?", solution="It is \\boxed{48}", skills=("products",)
)
ADDED = KEPT.model_copy(update={"wrong": "It is \\boxed{14}", "error": "logical"})
ITSELF = Example(key=ASKED.key, problem=ASKED.prompt, solution="Surely", skills=("products",))
KNOBS = {"skill_on_demand": {}, "self_rethink": {"rounds": 2}, "xolver": {"rounds": 2}}
JSON = {
    "planner": {"chosen": ["an accountant", "a sceptic", "a poet"]},
    "verifier": {"correct": False, "probability": 0.4},
    "missing_skills": {"correct": False, "skills": ["products"]},
    "recogniser": {"reason": "It adds.", "mistake": 1},
}


def say(request: Request) -> str:
    known = JSON.get(request.origin.agent)
    return f"I get \\boxed{{{request.sampling.seed}}}" if known is None else json.dumps(known)


def silent(request: Request) -> str:
    raise AssertionError(f"{request.origin.agent} is asked again")


@pytest.fixture
async def book(tmp_path: Path) -> str:
    async with SqliteStore.open(tmp_path / "book.db") as store:
        wrong = ITSELF.model_copy(update={"wrong": "Hardly"})
        await store.add_examples([ITSELF, wrong, KEPT, ADDED])
    return str(tmp_path / "book.db")


@pytest.mark.parametrize("recipe", list(KNOBS))
async def test_a_replay_gives_the_same_record_and_asks_for_nothing(recipe, book, tmp_path):
    async def run(model):
        return await solve(
            [ASKED],
            recipe=recipe,
            knobs=KNOBS[recipe],
            models=model,
            settings=Settings(handbook=book),
            out=tmp_path / "run",
        )

    (first,) = await run(Scripted(say))
    (tmp_path / "run" / "records.jsonl").unlink()
    (again,) = await run(Scripted(silent))
    assert again.artifacts == first.artifacts
    assert (again.final, again.counts, again.b_total) == (first.final, first.counts, first.b_total)
    (shown,) = [one for one in first.artifacts if one.kind == "examples"]
    assert shown.shown == ((ADDED,) if recipe == "self_rethink" else (KEPT,))
    assert shown.version.endswith(f"@{first.versions['handbook'].rpartition('@')[2]}")


@pytest.mark.parametrize("recipe", list(KNOBS))
@pytest.mark.parametrize("calls", range(1, 8))
async def test_a_budget_of_calls_binds_and_keeps_an_answer(recipe, calls, book):
    model = Scripted(say)
    settings = Settings(handbook=book, budget=Budget(calls=calls))
    (record,) = await solve(
        [ASKED], recipe=recipe, knobs=KNOBS[recipe], models=model, settings=settings
    )
    assert len(model.requests) <= calls
    assert record.calls == len(model.requests)
    drafted = [one for one in record.artifacts if one.kind == "solution"]
    assert (record.final is not None) == bool(drafted)


@pytest.mark.parametrize("recipe", ["skill_on_demand", "self_rethink"])
async def test_a_recipe_that_needs_a_handbook_is_refused_before_a_call(recipe):
    model = Scripted(silent)
    with pytest.raises(InputError, match=f"recipe {recipe} reads a handbook"):
        await solve([ASKED], recipe=recipe, models=model)
    assert model.requests == []


@pytest.mark.parametrize("recipe", list(KNOBS))
async def test_a_prompt_set_without_words_for_an_agent_leaves_it_the_default_ones(recipe, book):
    model = Scripted(say)
    settings = Settings(handbook=book, prompt_sets={"default": "compact"})
    (record,) = await solve(
        [ASKED], recipe=recipe, knobs=KNOBS[recipe], models=model, settings=settings
    )
    assert record.failures == ()
    known = [one for one in model.requests if one.origin.agent in ("draft", "verifier")]
    others = [one for one in model.requests if one not in known]
    assert {one.messages[0].role for one in known} == {"user"}
    assert {one.messages[0].role for one in others} == {"system"}
