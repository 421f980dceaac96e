"""The recipe that waits for a person: what is shown, what is taken as a yes, and its bounds."""

import json

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from redraft.agents import load_prompts
from redraft.core import Context, InputError, ModelError, Problem
from redraft.graphs import RECIPES, run
from redraft.jobs import solve
from redraft.testing import Scripted

PROBLEM = Problem(id="p", prompt="What is 6 times 7?")
CRITIQUE = json.dumps(
    {
        "steps": [{"index": 1, "quote": "41", "correct": False, "comment": "odd"}],
        "first_error": 1,
        "final_correct": False,
    }
)


class Talk:
    """One thread of `review` whose actor counts its versions."""

    def __init__(self, fail: str = "", **knobs):
        self.fail = fail
        recipe = RECIPES["review"]
        self.graph = recipe.build(recipe.parse(knobs), InMemorySaver())
        self.model = Scripted(self._say)
        self.versions = 0

    def _say(self, request):
        if request.origin.agent == self.fail:
            raise ModelError("no answer", transient=False)
        if request.origin.agent == "critic":
            return CRITIQUE
        self.versions += 1
        return f"Version {self.versions}: \\boxed{{4{self.versions}}}"

    async def say(self, reply=None):
        context = Context(
            models={"default": self.model},
            prompts={"default": load_prompts()},
            checker=None,
        )
        return await run(self.graph, PROBLEM, context, thread="t", reply=reply)

    def agents(self):
        return [request.origin.agent for request in self.model.requests]


async def test_the_draft_is_shown_with_what_the_critic_found():
    talk = Talk()
    outcome = await talk.say()
    assert outcome.asks is not None
    assert "Version 1" in outcome.asks
    assert "Step 1 (41) is wrong: odd" in outcome.asks
    assert "`ok`" in outcome.asks
    assert talk.agents() == ["draft", "critic"]


@pytest.mark.parametrize("word", ["ok", " OK. ", "accept", "Accept!"])
async def test_a_yes_takes_the_draft_without_a_further_call(word):
    talk = Talk()
    await talk.say()
    outcome = await talk.say(word)
    assert (outcome.asks, outcome.final.answer) == (None, "41")
    assert talk.agents() == ["draft", "critic"]


async def test_other_words_are_the_critique_until_the_rounds_are_over():
    talk = Talk(rounds=2, critic=False)
    await talk.say()
    outcome = await talk.say("ok, but 41 is odd")
    assert "Version 2" in outcome.asks
    assert "once more" in outcome.asks
    assert "ok, but 41 is odd" in talk.model.requests[-1].messages[-1].content
    outcome = await talk.say("no")
    assert (outcome.asks, outcome.final.text) == (None, "Version 3: \\boxed{43}")
    assert talk.model.requests[-1].origin.final
    assert talk.agents() == ["draft", "revise", "revise"]
    assert not outcome.failures


async def test_a_revision_that_fails_is_told():
    talk = Talk(fail="revise", critic=False)
    await talk.say()
    outcome = await talk.say("no")
    assert "The revision failed" in outcome.asks
    assert "Version 1" in outcome.asks


async def test_a_draft_that_fails_asks_nobody():
    outcome = await Talk(fail="draft").say()
    assert (outcome.asks, outcome.final) == (None, None)


async def test_a_batch_is_refused_before_any_call():
    model = Scripted(lambda request: "\\boxed{1}")
    with pytest.raises(InputError, match="review waits for a person's answer"):
        await solve([PROBLEM], recipe="review", models=model)
    assert not model.requests
