"""The `redraft` field of a request, and what `/v1/models` says that a recipe costs."""

from dataclasses import replace

import openai
import pytest

from redraft.agents import load_prompts
from redraft.core import Context, Problem
from redraft.graphs import RECIPES, run
from redraft.server import Furnishing, furnish, make_service
from redraft.server.body import ChatBody
from redraft.server.errors import ApiError
from redraft.server.pieces import pieces
from redraft.server.reading import work_of
from redraft.server.rehearsal import Rehearsal, _Empty, _Player, _same, rehearsed
from redraft.testing import Scripted

BOXED = "\\boxed{42}"


def second_model():
    return Scripted(lambda request: "second \\boxed{7}", name="second")


async def refused(served, model, **redraft):
    with pytest.raises(openai.BadRequestError) as told:
        await served.ask(model, extra_body={"redraft": redraft})
    assert served.upstream.requests == 0
    return told.value.message


@pytest.mark.parametrize(
    ("model", "redraft", "words"),
    [
        ("pdr", {"knob": {}}, "redraft.knob: not known (did you mean 'knobs'?); known: budget, h"),
        ("pdr", {"knobs": {"widhts": [2]}}, "no knob 'widhts'; did you mean 'widths'"),
        ("pdr", {"knobs": {"widths": ["many"]}}, "recipe pdr: knob widths.0"),
        ("pdr", {"recipe": "votes"}, "redraft.recipe: no recipe 'votes'; did you mean 'vote'"),
        ("pdr", {"recipe": "behaviors"}, "redraft.recipe: this server has no handbook"),
        ("pdr", {"handbook": True}, "redraft.handbook: this server has no handbook"),
        ("pdr", {"budget": {"calls": 0}}, "redraft.budget.calls: Input should be greater than 0"),
        ("pdr", {"budget": {"dollars": 1}}, "redraft.budget.dollars: not known; known: calls, "),
        ("pdr", {"roles": {"critik": "mock"}}, "redraft.roles: no role 'critik'; did you mean"),
        ("pdr", {"roles": {"critic": "vote"}}, "redraft.roles.critic: no model 'vote'"),
        ("pdr", {"tools": "yes please"}, "redraft.tools: Input should be a valid boolean"),
        ("mock", {"knobs": {"n": 3}}, "redraft.knobs: 'mock' is a plain model"),
    ],
)
async def test_a_mistake_is_a_400_that_names_it(serve, model, redraft, words):
    assert words in await refused(await serve(), model, **redraft)


async def test_a_role_speaks_through_the_model_that_is_named(serve):
    second = second_model()
    served = await serve(lambda body: BOXED, models={"critic": second})
    reply = await served.ask("pdr", extra_body={"redraft": {"roles": {"actor": "second"}}})
    assert reply.choices[0].message.content == "second \\boxed{7}"
    assert {request.origin.role for request in second.requests} == {"actor"}
    assert served.upstream.requests == 1


async def test_a_recipe_asked_of_a_plain_model_is_spoken_by_it(serve):
    second = second_model()
    served = await serve(lambda body: BOXED, models={"critic": second})
    extra = {"recipe": "vote", "knobs": {"n": 3}}
    reply = await served.ask("second", extra_body={"redraft": extra})
    assert reply.choices[0].message.content == "second \\boxed{7}"
    assert [request.sampling.n for request in second.requests] == [3]
    assert served.upstream.requests == 0


async def test_a_budget_that_is_used_up_is_a_400_with_its_code(serve):
    served = await serve(lambda body: BOXED)
    with pytest.raises(openai.BadRequestError) as told:
        await served.ask("vote", extra_body={"redraft": {"budget": {"total_tokens": 1}}})
    assert told.value.code == "budget_exhausted"


async def test_cards_say_what_a_recipe_costs(serve):
    served = await serve()
    notes = {one.id: one.description async for one in await served.client.models.list()}
    assert notes["single"].endswith(". 1 completion.")
    assert notes["vote"].endswith(". 8 completions.")
    assert notes["pdr"].endswith(". 10 completions.")
    assert ". At least " in notes["hint"]
    assert served.upstream.requests == 0


@pytest.mark.parametrize("name", list(RECIPES))
@pytest.mark.parametrize("content", [True, False])
async def test_a_rehearsal_fails_nowhere(name, content):
    recipe = RECIPES[name]
    context = Context(
        models={"default": _Player(content=content)},
        prompts={"default": load_prompts()},
        checker=_same,
        memory=_Empty(),
    )
    outcome = await run(recipe.build(recipe.parse({})), Problem(id="p", prompt="?"), context)
    assert outcome.final is not None
    assert not outcome.failures


async def test_a_rehearsal_knows_who_writes_the_answer_last():
    pdr, vote = RECIPES["pdr"], RECIPES["vote"]
    assert await rehearsed(pdr, pdr.parse({"widths": [2]})) == Rehearsal(
        4, 4, answers=True, reads=False
    )
    assert await rehearsed(vote, vote.parse({"n": 3})) == Rehearsal(
        3, 3, answers=False, reads=False
    )


async def test_what_a_handbook_may_change_is_a_least_cost():
    recipe = RECIPES["skill_on_demand"]
    assert (await rehearsed(recipe, recipe.parse({}))).note == "At least 2 completions"


async def test_a_run_reads_the_handbook_unless_it_is_told_not_to():
    model = Scripted(lambda request: BOXED)
    async with furnish(Furnishing()) as furnished:
        service = await make_service({"default": model}, furnished)
        memory = _Empty()
        reading = replace(service, memory=memory)

        async def run_with(**redraft):
            messages = [{"role": "user", "content": "What is 6 times 7?"}]
            body = ChatBody(model="xolver", messages=messages, redraft=redraft)
            return [piece async for piece in pieces(await work_of(reading, body, "name"))]

        await run_with(handbook=False)
        assert not memory.asked
        await run_with()
        assert memory.asked
        with pytest.raises(ApiError, match="behaviors cannot go without a handbook"):
            await run_with(recipe="behaviors", handbook=False)
