"""One call of an agent: prompt, seeds, cost, repair, forced answers, partial failure."""

from dataclasses import replace

import pytest

from redraft.agents import CRITIC, DRAFT, REVISE, VERIFIER, load_prompts
from redraft.core import (
    Choice,
    Context,
    ModelError,
    OutputError,
    Problem,
    Reply,
    Request,
    Sampling,
    Usage,
    Verdict,
)
from redraft.testing import Scripted

PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")
GOOD = """{"steps": [{"index": 1, "correct": false, "comment": "6*7 is 42"}],
"first_error": 1, "final_correct": false}"""


async def never(problem: Problem, answer: str) -> Verdict:
    raise AssertionError("no agent checks an answer")


def context(model: Scripted, **fields) -> Context:
    return Context(
        models={"default": model}, prompts={"default": load_prompts()}, checker=never, **fields
    )


async def test_drafts_of_one_prompt_are_one_request():
    model = Scripted(["so \\boxed{42}", "so \\boxed{41}"])
    run = context(model)
    drafts = await DRAFT(run, PROBLEM, n=2)
    assert [draft.answer for draft in drafts] == ["42", "41"]
    (request,) = model.requests
    assert request.sampling.n == 2
    assert request.sampling.temperature == 1.0
    assert request.messages[-1].content == PROBLEM.prompt
    assert len({draft.id for draft in drafts}) == 2
    assert drafts[0].calls == drafts[1].calls


async def test_seeds_depend_on_problem_agent_and_index_alone():
    model = Scripted(lambda request: "\\boxed{1}")
    run = context(model, seed=3)
    for index in (0, 0, 1):
        await DRAFT(run, PROBLEM, index=index)
    first, again, other = (request.sampling.seed for request in model.requests)
    assert first == again != other


async def test_a_users_sampling_is_laid_over_the_agents_own():
    model = Scripted(["\\boxed{1}"])
    run = context(model, sampling={"actor": Sampling(max_tokens=64)})
    await DRAFT(run, PROBLEM)
    assert model.requests[0].sampling.max_tokens == 64
    assert model.requests[0].sampling.temperature == 1.0


async def test_an_unreadable_reply_is_repaired_once_and_costs_both_calls():
    model = Scripted(["no idea", GOOD])
    run = context(model)
    (critique,) = await CRITIC(run, PROBLEM, values={"solution": "6*7=41"})
    assert critique.first_error == 1
    assert len(critique.calls) == 2
    first, second = model.requests
    assert second.messages[: len(first.messages)] == first.messages
    assert "could not be read" in second.messages[-1].content
    assert second.origin.sequential > first.origin.sequential


async def test_a_reply_that_stays_unreadable_is_an_output_error():
    model = Scripted(["no idea", "still none"])
    with pytest.raises(OutputError, match="no JSON object"):
        await VERIFIER(context(model), PROBLEM, values={"solution": "42"})


async def test_one_unreadable_completion_does_not_lose_its_siblings():
    def reply(request: Request) -> list[str] | str:
        return ["no idea", GOOD] if request.sampling.n == 2 else "still none"

    run = context(Scripted(reply))
    critiques = await CRITIC(run, PROBLEM, values={"solution": "41"}, n=2)
    assert len(critiques) == 1
    assert [failure.kind for failure in run.lineage.failures] == ["output"]


async def test_a_failing_repair_is_a_failure_of_that_completion_alone():
    def reply(request: Request) -> list[str]:
        if request.sampling.n == 1:
            raise ModelError("gone")
        return ["no idea", GOOD]

    run = context(Scripted(reply))
    assert len(await CRITIC(run, PROBLEM, values={"solution": "41"}, n=2)) == 1
    assert [failure.kind for failure in run.lineage.failures] == ["model"]


async def test_thinking_that_ran_out_is_closed_and_an_answer_forced():
    thinking = Choice(content="", reasoning="6*7 is 42, but wait", finish="length")
    model = Scripted([thinking, " \\boxed{42}"])
    run = context(model, sampling={"actor": Sampling(thinking_tokens=8, max_tokens=16)})
    (draft,) = await DRAFT(run, PROBLEM)
    assert draft.answer == "42"
    assert "but wait" not in draft.text
    forced = model.requests[1]
    assert forced.continue_final
    assert forced.messages[-1].role == "assistant"
    assert "but wait\n</think>" in forced.messages[-1].content
    assert forced.sampling.thinking_tokens is None
    assert forced.sampling.max_tokens == 16


async def test_an_answer_cut_at_the_bound_of_thinking_is_continued():
    begun = Choice(content="6*7 is", reasoning="easy", finish="length", output_tokens=8)
    model = Scripted([begun, " \\boxed{42}"])
    run = context(model, sampling={"actor": Sampling(thinking_tokens=8, max_tokens=16)})
    (draft,) = await DRAFT(run, PROBLEM)
    assert draft.text == "6*7 is \\boxed{42}"
    assert model.requests[1].messages[-1].content.endswith("</think>\n\n6*7 is")


async def test_an_answer_cut_at_its_own_bound_is_left_cut():
    cut = Choice(content="6*7 is", reasoning="easy", finish="length", output_tokens=24)
    run = context(Scripted([cut]), sampling={"actor": Sampling(thinking_tokens=8, max_tokens=16)})
    (draft,) = await DRAFT(run, PROBLEM)
    assert draft.truncated


async def test_a_draft_whose_answer_cannot_be_forced_stands_without_one():
    thinking = Choice(content="", reasoning="hm", finish="length")
    run = context(
        Scripted([thinking, ModelError("cannot continue a message")]),
        sampling={"actor": Sampling(thinking_tokens=8)},
    )
    (draft,) = await DRAFT(run, PROBLEM)
    assert draft.answer is None
    assert [failure.kind for failure in run.lineage.failures] == ["model"]


async def test_without_a_thinking_budget_nothing_is_forced():
    model = Scripted([Choice(content="", reasoning="hm", finish="length")])
    (draft,) = await DRAFT(context(model), PROBLEM)
    assert draft.answer is None
    assert draft.truncated


async def test_the_cost_of_a_draft_is_its_own_share_of_the_call():
    choices = tuple(Choice(content="\\boxed{1}", output_tokens=n) for n in (10, 30))
    reply = Reply(choices=choices, usage=Usage(input=5, output=40), key="call")
    run = context(Scripted([reply]))
    short, long = await DRAFT(run, PROBLEM, n=2)
    assert (short.usage.total, long.usage.total) == (15, 35)
    assert run.lineage.sequential([short, long]) == 35


async def test_a_prompt_that_asks_for_lines_sends_no_schema():
    model = Scripted([GOOD, "no idea", "Correctness of the final answer: Wrong"])
    prompts = {"default": load_prompts(), "critic": load_prompts(prompt_set="compact")}
    plain = context(model)
    (critique,) = await CRITIC(plain, PROBLEM, values={"solution": "41"})
    (lined,) = await CRITIC(replace(plain, prompts=prompts), PROBLEM, values={"solution": "41"})
    assert critique.final_correct is lined.final_correct is False
    assert [bool(request.output_schema) for request in model.requests] == [True, False, False]
    assert model.requests[1].messages[-1].content.endswith("Check each step.")


async def test_a_prompt_is_worded_for_the_role_that_speaks():
    model = Scripted(["\\boxed{42}", '{"correct": true}'])
    prompts = {"default": load_prompts(), "actor": load_prompts(prompt_set="compact")}
    run = replace(context(model), prompts=prompts)
    await DRAFT(run, PROBLEM)
    await VERIFIER(run, PROBLEM, values={"solution": "42"})
    drafted, verified = model.requests
    assert [message.content for message in drafted.messages] == [f"{PROBLEM.prompt}\n\nSolve."]
    assert [message.role for message in verified.messages] == ["system", "user"]


async def test_a_revision_shows_the_draft_as_the_actors_own_turn():
    model = Scripted(["\\boxed{42}"])
    await REVISE(context(model), PROBLEM, values={"solution": "41", "critique": "step 1 is wrong"})
    roles = [message.role for message in model.requests[0].messages]
    assert roles == ["system", "user", "assistant", "user"]
