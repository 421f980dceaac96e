"""Cells pay for themselves, go on after a kill, and tell no seconds that are not theirs."""

import pytest
from recipes_on_abacus.cells import chosen
from recipes_on_abacus.running import Plan, claim, hash_of, run_cells

from redraft import Settings
from redraft.core import EngineError, InputError
from redraft.testing import Scripted


@pytest.fixture
def plan(tmp_path, toy_problem):
    problems = [toy_problem(number) for number in range(12)]
    return Plan(
        problems={problem.key: problem for problem in problems},
        cells=chosen(["single", "sequential-2", "critique-gated-1"]),
        seeds=2,
        settings=Settings(concurrency=4),
        out=tmp_path / "out",
    )


async def ran(plan, toy):
    return await run_cells(plan, {"default": toy}, lambda line: None)


async def test_every_cell_pays_for_its_first_drafts(plan, toy):
    runs = await ran(plan, toy)
    drafts = [request for request in toy.requests if request.origin.agent == "draft"]
    warm_up, cells, seeds = 8, 3, 2
    assert len(drafts) == warm_up + cells * seeds * len(plan.problems)
    began = {
        name: [
            [outcome.began_right for outcome in sorted(run.outcomes, key=lambda o: o.problem)]
            for run in each
        ]
        for name, each in runs.items()
    }
    assert began["single"] == began["sequential-2"] == began["critique-gated-1"]
    assert began["single"][0] != began["single"][1]


async def test_a_second_start_asks_nothing_and_finds_the_same(plan, toy):
    first = await ran(plan, toy)
    silent = Scripted([], name="toy")
    second = await ran(plan, silent)
    assert not silent.requests
    for name, runs in first.items():
        assert [run.seconds for run in second[name]] == [run.seconds for run in runs]
        assert all(run.seconds is not None for run in runs)
        assert [set(run.outcomes) for run in second[name]] == [set(run.outcomes) for run in runs]


async def test_what_was_interrupted_goes_on_and_tells_no_seconds(plan, toy, toy_says):
    left = 30

    def dies(request):
        nonlocal left
        left -= 1
        if not left:
            raise EngineError("the server died")
        return toy_says(request)

    with pytest.raises(EngineError):
        await ran(plan, Scripted(dies, name="toy"))
    runs = await ran(plan, toy)
    (first, *_), (again, *_) = runs["single"], runs["sequential-2"]
    assert first.seconds is not None
    assert again.seconds is None
    assert {outcome.problem for outcome in again.outcomes} == set(plan.problems)
    settled = await ran(plan, toy)
    assert settled["sequential-2"][0].seconds is None


async def test_fewer_problems_are_read_out_of_a_larger_run(plan, toy):
    await ran(plan, toy)
    few = dict(list(plan.problems.items())[:5])
    smaller = Plan(few, plan.cells, 1, plan.settings, plan.out)
    runs = await ran(smaller, Scripted([], name="toy"))
    assert {outcome.problem for outcome in runs["single"][0].outcomes} == few.keys()
    assert runs["single"][0].seconds is None


def test_a_folder_belongs_to_one_model(tmp_path):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    claim(tmp_path / "out", "abacus-1", hash_of(weights))
    claim(tmp_path / "out", "abacus-1", hash_of(weights))
    weights.write_bytes(b"two")
    with pytest.raises(InputError, match=r"out: holds runs of .* other weights"):
        claim(tmp_path / "out", "abacus-1", hash_of(weights))
