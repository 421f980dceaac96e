"""Every recipe on a real vLLM server: the calls are real, whatever the tiny model answers."""

import pytest

from redraft.core import Budget, Message, Problem, Request, Sampling
from redraft.graphs import RECIPES
from redraft.jobs import Settings, solve
from redraft.models import Endpoint, VLLMServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

PROBLEMS = [
    Problem(id="sum", prompt="What is 17 plus 25?", answer="42"),
    Problem(id="pick", prompt="Which is even?", kind="choice", options=("3", "8"), answer="B"),
]
KNOBS = {
    "single": {},
    "vote": {"n": 4},
    "sequential": {"rounds": 3, "analyse": True},
    "pdr": {"widths": [4, 2], "workspace_tokens": 64},
    "critique": {"n": 2, "rounds": 2, "gate": "always"},
    "hint": {"k": 2, "agree": 1.0},
}
SMALL = Settings(sampling={"default": Sampling(max_tokens=48)}, seed=5)


@pytest.fixture
async def model(vllm: VLLMServer):
    endpoint = Endpoint(vllm.url, vllm.model, api_key=vllm.api_key)
    yield endpoint
    await endpoint.aclose()


def test_every_recipe_is_tried():
    assert KNOBS.keys() == RECIPES.keys()


@pytest.mark.parametrize("recipe", list(KNOBS))
async def test_a_recipe_runs_and_its_accounts_agree(model, recipe):
    results = await solve(
        PROBLEMS, recipe=recipe, knobs=KNOBS[recipe], models=model, settings=SMALL
    )
    assert results.summary.problems == len(PROBLEMS)
    for record in results:
        known = {artifact.id for artifact in record.artifacts}
        assert record.final in known
        assert all(parent in known for a in record.artifacts for parent in a.parents)
        assert 0 < record.b_seq <= record.b_total
        assert record.b_total == sum(usage.total for usage in record.usage.values())
        assert not [failure for failure in record.failures if failure.kind == "model"]


@pytest.mark.parametrize("distiller", ["top_k", "per_sample_top_k", "random_k"])
async def test_the_other_distillers_run(model, distiller):
    knobs = {"widths": [4, 2], "distiller": distiller, "k": 2, "workspace_tokens": 64}
    results = await solve(PROBLEMS, recipe="pdr", knobs=knobs, models=model, settings=SMALL)
    assert {record.stopped_by for record in results} == {"done"}


async def test_the_same_seed_gives_the_same_answers(model):
    first, again = [
        await solve(PROBLEMS, recipe="vote", knobs={"n": 4}, models=model, settings=SMALL)
        for _ in range(2)
    ]
    texts = [{a.id: a.text for r in results for a in r.artifacts} for results in (first, again)]
    assert len(texts[0]) == 2 * 5
    assert sorted(texts[0].values()) == sorted(texts[1].values())


async def test_a_workspace_keeps_its_bound_by_the_models_own_tokenizer(model):
    knobs = {"widths": [4], "distiller": "random_k", "k": 4, "workspace_tokens": 160}
    results = await solve(PROBLEMS, recipe="pdr", knobs=knobs, models=model, settings=SMALL)
    for record in results:
        (workspace,) = [a for a in record.artifacts if a.kind == "workspace"]
        asked = Request(messages=(Message(role="user", content=workspace.text),))
        assert await model.count(asked) <= 160


async def test_a_budget_binds_before_the_call(model):
    settings = SMALL.model_copy(update={"budget": Budget(total_tokens=700)})
    knobs = {"rounds": 16}
    results = await solve(
        PROBLEMS, recipe="sequential", knobs=knobs, models=model, settings=settings
    )
    for record in results:
        assert record.b_total <= 700
        assert record.stopped_by == "total_tokens"
        assert record.final is not None
