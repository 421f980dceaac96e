"""The context finds models, prompts and sampling by role, and gives seeds that repeat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraft.core import (
    ArtifactMade,
    Asked,
    Context,
    Event,
    InputError,
    Model,
    OutputError,
    Problem,
    Prompt,
    Reply,
    Request,
    Sampling,
    Solution,
    Verdict,
)

SUM = Problem(id="1", prompt="What is 2 + 2?", answer="4")


class Silent:
    """A model that is only looked up here, never called."""

    name = "silent"

    async def __call__(self, request: Request) -> Reply:
        raise AssertionError("no call expected")

    async def count(self, request: Request) -> int:
        raise AssertionError("no count expected")


async def undecided(problem: Problem, answer: str) -> Verdict:
    return Verdict(outcome="unknown")


def context(models: dict[str, Model] | None = None, **more: object) -> Context:
    return Context(models=models or {}, prompts={}, checker=undecided, **more)


def test_a_role_without_model_speaks_through_the_default():
    own, shared = Silent(), Silent()
    surroundings = context({"critic": own, "default": shared})
    assert surroundings.model("critic") is own
    assert surroundings.model("teacher") is shared


def test_a_role_that_no_model_serves_is_named():
    with pytest.raises(InputError, match=r"no model for role 'actor'.*roles given: critic"):
        context({"critic": Silent()}).model("actor")


def test_a_missing_prompt_is_named():
    with pytest.raises(InputError, match="no prompt named 'draft'"):
        context().prompt("draft", "actor")


def test_a_role_has_the_prompts_of_its_model():
    shared, own = Prompt(name="draft", turns=()), Prompt(name="draft", turns=(), lines=True)
    prompts = {"default": {"draft": shared}, "critic": {"draft": own}}
    surroundings = Context(models={}, prompts=prompts, checker=undecided)
    assert surroundings.prompt("draft", "critic") is own
    assert surroundings.prompt("draft", "actor") is shared
    with pytest.raises(InputError, match="no prompt named 'verify'"):
        surroundings.prompt("verify", "critic")


def test_the_users_sampling_lies_over_the_agents_own():
    own = Sampling(temperature=1.0, max_tokens=100)
    users = {"actor": Sampling(max_tokens=7), "default": Sampling(top_p=0.5)}
    surroundings = context(sampling=users)
    assert surroundings.sampling_for("actor", own) == Sampling(temperature=1.0, max_tokens=7)
    assert surroundings.sampling_for("critic", own) == own.model_copy(update={"top_p": 0.5})
    assert context().sampling_for("critic", own) is own


def test_a_temperature_of_zero_is_a_setting():
    surroundings = context(sampling={"default": Sampling(temperature=0.0)})
    assert surroundings.sampling_for("actor", Sampling(temperature=1.0)).temperature == 0.0


def test_seeds_are_stable():
    assert context().seed_for(SUM, "draft") == 1184979710
    assert context().seed_for(SUM, "draft", 1) == 1670380611


def test_job_agent_problem_and_index_each_change_the_seed():
    other = Problem(id="1", prompt="What is 2 + 3?")
    seeds = [
        context().seed_for(SUM, "draft"),
        context(seed=1).seed_for(SUM, "draft"),
        context().seed_for(other, "draft"),
        context().seed_for(SUM, "refine"),
        context().seed_for(SUM, "draft", 2),
    ]
    assert len(set(seeds)) == len(seeds)


@given(st.integers(), st.text(), st.integers(0, 10**6))
def test_every_server_accepts_the_seeds(job: int, agent: str, index: int):
    agent = agent.encode(errors="ignore").decode()
    assert 0 <= context(seed=job).seed_for(SUM, agent, index) < 2**31


def test_an_artifact_enters_the_lineage_and_is_told_to_the_sink():
    events: list[Event] = []
    surroundings = context(emit=events.append)
    named = surroundings.add(SUM, Solution(text="4", answer="4"))
    assert surroundings.lineage.artifacts == {named.id: named}
    assert events == [ArtifactMade("1", named)]


def test_two_problems_do_not_share_a_lineage():
    first, second = context(), context()
    first.add(SUM, Solution(text="4"))
    assert not second.lineage.artifacts


def test_a_failure_is_kept_with_its_boundary_and_place():
    surroundings = context()
    surroundings.fail(OutputError("not JSON"), "critic")
    [failure] = surroundings.lineage.failures
    assert (failure.kind, failure.node, failure.message) == ("output", "critic", "not JSON")


def test_what_is_asked_of_the_answer_is_laid_over_and_the_smaller_cap_holds():
    asked = Asked(sampling=Sampling(temperature=0.0, max_tokens=50))
    own = Sampling(temperature=1.0, top_p=0.9, max_tokens=20)
    assert asked.over(own) == Sampling(temperature=0.0, top_p=0.9, max_tokens=20)
    assert asked.over(Sampling(thinking_tokens=9)).max_tokens == 50
    assert Asked().over(own) == own
