"""Critique in the loop: gates, barrier, keep-best, votes, and what turned right or wrong."""

import pytest

from redraft.core import BudgetError, ModelError

WRONG = '{"steps": [{"index": 1, "correct": false}], "first_error": 1, "final_correct": false}'
RIGHT = '{"steps": [{"index": 1, "correct": true}], "first_error": -1, "final_correct": true}'


def boxed(*answers):
    return [f"I get \\boxed{{{answer}}}." for answer in answers]


async def test_a_wrong_answer_is_revised_by_the_critique(ask):
    ran = await ask("critique", {"draft": boxed(41)[0], "critic": WRONG, "revise": boxed(42)[0]})
    assert ran.outcome.final.answer == "42"
    assert ran.outcome.counts == {"wrong_to_right": 1}
    assert "Step 1 is wrong" in ran.of("revise")[0].messages[-1].content


async def test_what_the_critic_approves_is_left_alone(ask):
    ran = await ask("critique", {"draft": boxed(41)[0], "critic": RIGHT})
    assert ran.outcome.final.answer == "41"
    assert ran.outcome.counts == {"wrong_to_wrong": 1}


async def test_always_revises_even_what_was_right_and_counts_the_harm(ask):
    says = {"draft": boxed(42)[0], "critic": RIGHT, "revise": boxed(40)[0]}
    ran = await ask("critique", says, gate="always")
    assert ran.outcome.counts == {"right_to_wrong": 1}


async def test_the_oracle_criticises_wrong_answers_alone(ask):
    says = {"draft": [boxed(42, 1)], "critic": RIGHT, "revise": boxed(42)[0]}
    ran = await ask("critique", says, n=2, gate="oracle")
    assert len(ran.of("critic")) == 1
    assert ran.outcome.counts == {"right_to_right": 1, "wrong_to_right": 1}


async def test_parallel_revises_each_answer_and_votes(ask):
    says = {"draft": [boxed(1, 2, 42)], "critic": WRONG, "revise": boxed(42, 42, 3)}
    ran = await ask("critique", says, n=3)
    assert ran.outcome.final.answer == "42"
    assert len(ran.of("critic")) == len(ran.of("revise")) == 3


async def test_rounds_criticise_the_revision_and_end_when_the_critic_is_content(ask):
    says = {"draft": boxed(1)[0], "critic": [WRONG, WRONG, RIGHT], "revise": boxed(2, 42)}
    ran = await ask("critique", says, rounds=5)
    assert ran.outcome.final.answer == "42"
    assert len(ran.of("critic")) == 3
    assert "\\boxed{2}" in ran.of("critic")[2 - 1].messages[-1].content


async def test_votes_over_all_rounds_or_the_last(ask):
    says = {"draft": boxed(7)[0], "critic": WRONG, "revise": boxed(7, 42)}
    last = await ask("critique", says, rounds=2)
    everything = await ask("critique", says, rounds=2, vote="all")
    assert (last.outcome.final.answer, everything.outcome.final.answer) == ("42", "7")


async def test_the_barrier_refuses_a_jump_to_the_result(ask):
    draft = "3 + 4 = 7, 7 * 6 = 42, 42 - 1 = 41 \\boxed{41}"
    says = {"draft": draft, "critic": WRONG, "revise": "\\boxed{42}"}
    assert (await ask("critique", says)).outcome.final.answer == "42"
    assert (await ask("critique", says, barrier=True)).outcome.final.answer == "41"


@pytest.mark.parametrize(("new", "answer"), [(0.9, "42"), (0.5, "42"), (0.1, "41")])
async def test_keep_best_asks_the_verifier_about_both(ask, new, answer):
    def verdict(request):
        score = new if "\\boxed{42}" in request.messages[-1].content else 0.5
        return f'{{"correct": true, "probability": {score}}}'

    says = {"draft": boxed(41)[0], "critic": WRONG, "revise": boxed(42)[0], "verifier": verdict}
    ran = await ask("critique", says, keep="best")
    assert ran.outcome.final.answer == answer


async def test_a_failing_critic_leaves_the_answer_standing(ask):
    ran = await ask("critique", {"draft": boxed(42)[0], "critic": ModelError("gone")})
    assert ran.outcome.final.answer == "42"
    assert [failure.node for failure in ran.outcome.failures] == ["criticise"]


async def test_a_budget_that_ends_in_the_loop_keeps_the_best_so_far(ask):
    refused = BudgetError("no room", limit="total_tokens")
    says = {"draft": boxed(1)[0], "critic": WRONG, "revise": [boxed(42)[0], refused]}
    ran = await ask("critique", says, rounds=9)
    assert ran.outcome.final.answer == "42"
    assert len(ran.of("revise")) == 2


async def test_one_failing_revision_does_not_lose_its_siblings(ask):
    says = {"draft": [boxed(1, 2)], "critic": WRONG, "revise": [ModelError("gone"), boxed(42)[0]]}
    ran = await ask("critique", says, n=2)
    assert sorted(d.answer for d in ran.outcome.candidates) == ["1", "2", "42"]
    assert len(ran.outcome.failures) == 1


async def test_the_path_of_a_revision_holds_draft_critique_and_revision(ask):
    ran = await ask("critique", {"draft": boxed(41)[0], "critic": WRONG, "revise": boxed(42)[0]})
    lineage = ran.context.lineage
    assert lineage.sequential([ran.outcome.final]) == sum(
        artifact.usage.total for artifact in lineage.artifacts.values()
    )


async def test_a_flagged_answer_is_drafted_anew_without_sight_of_the_critique(ask):
    says = {"draft": boxed(41, 42), "critic": [WRONG, RIGHT]}
    ran = await ask("critique", says, revise="anew", rounds=3)
    first, again = ran.of("draft")
    assert ran.outcome.final.answer == "42"
    assert again.messages == first.messages
    assert again.sampling.seed != first.sampling.seed


async def test_answers_drafted_anew_side_by_side_are_calls_of_their_own(ask):
    says = {"draft": [boxed(1, 2), *boxed(42, 43)], "critic": WRONG}
    ran = await ask("critique", says, n=2, revise="anew")
    assert len({request.sampling.seed for request in ran.of("draft")}) == 3
    assert sorted(d.answer for d in ran.outcome.candidates) == ["1", "2", "42", "43"]


async def test_the_path_of_a_draft_made_anew_waits_for_the_critique(ask):
    says = {"draft": boxed(41, 42), "critic": WRONG}
    ran = await ask("critique", says, revise="anew")
    lineage = ran.context.lineage
    spent = sum(artifact.usage.total for artifact in lineage.artifacts.values())
    assert lineage.sequential([ran.outcome.final]) == spent
