"""`single`, `vote`, `sequential` and `hint`: what they ask and what they accept."""

import pytest

from redraft.core import BudgetError, ModelError


def boxed(*answers):
    return [f"I get \\boxed{{{answer}}}." for answer in answers]


async def test_single_takes_its_one_draft(ask):
    ran = await ask("single", {"draft": "\\boxed{42}"})
    assert ran.outcome.final.answer == "42"
    assert len(ran.requests) == 1


async def test_single_without_a_reply_is_an_outcome_with_a_failure(ask):
    ran = await ask("single", {"draft": ModelError("the server is down")})
    assert ran.outcome.final is None
    (failure,) = ran.outcome.failures
    assert (failure.kind, failure.node, failure.message) == ("model", "draft", "the server is down")


@pytest.mark.parametrize(
    ("answers", "winner"),
    [
        ((1, 42, 42), "42"),
        ((7, 42), "7"),
        ((1, 42, 1, 42), "1"),
        (("42", "x", "x"), "x"),
    ],
)
async def test_vote_takes_the_majority_and_the_earliest_of_a_tie(ask, answers, winner):
    ran = await ask("vote", {"draft": [boxed(*answers)]}, n=len(answers))
    assert ran.outcome.final.answer == winner
    assert len(ran.requests) == 1


async def test_votes_without_an_answer_abstain(ask):
    ran = await ask("vote", {"draft": [["dunno", "dunno", "\\boxed{42}"]]}, n=3)
    assert ran.outcome.final.answer == "42"


async def test_a_vote_where_nobody_answers_keeps_the_first_text(ask):
    ran = await ask("vote", {"draft": [["dunno", "no idea"]]}, n=2)
    assert ran.outcome.final.answer is None
    assert ran.outcome.final.text == "dunno"


async def test_the_vote_waits_for_its_slowest_voter(ask):
    ran = await ask("vote", {"draft": [["\\boxed{42}", "long " * 50 + "\\boxed{41}"]]}, n=2)
    lineage, final = ran.context.lineage, ran.outcome.final
    assert set(final.parents) == {draft.id for draft in ran.outcome.candidates}
    assert lineage.sequential([final]) == max(d.usage.total for d in ran.outcome.candidates)


async def test_sequential_shows_each_rewrite_the_version_before_it_alone(ask):
    ran = await ask("sequential", {"draft": boxed(1)[0], "rewrite": boxed(2, 3)}, rounds=3)
    assert ran.outcome.final.answer == "3"
    first, second = ran.of("rewrite")
    assert "\\boxed{1}" in first.messages[-1].content
    assert "\\boxed{2}" in second.messages[-1].content
    assert "\\boxed{1}" not in second.messages[-1].content


async def test_sequential_with_analysis_shows_the_errors_found(ask):
    says = {"draft": boxed(1)[0], "analyst": "6*7 is not 1", "rewrite_analysed": boxed(42)[0]}
    ran = await ask("sequential", says, rounds=2, analyse=True)
    assert "6*7 is not 1" in ran.of("rewrite_analysed")[0].messages[-1].content
    assert ran.outcome.final.answer == "42"


async def test_sequential_keeps_its_last_version_when_a_budget_ends_it(ask):
    says = {"draft": boxed(1)[0], "rewrite": [boxed(2)[0], BudgetError("no room", limit="calls")]}
    ran = await ask("sequential", says, rounds=6)
    assert ran.outcome.final.answer == "2"
    assert [failure.kind for failure in ran.outcome.failures] == ["budget"]


async def test_sequential_of_one_round_is_a_single_draft(ask):
    ran = await ask("sequential", {"draft": boxed(42)[0]}, rounds=1)
    assert len(ran.requests) == 1


async def test_hint_is_not_given_to_drafts_that_agree(ask):
    ran = await ask("hint", {"draft": [boxed(42, 42, 42, 1)]}, k=4, agree=0.75)
    assert ran.outcome.final.answer == "42"
    assert not ran.of("teacher")


async def test_hint_helps_drafts_that_disagree_and_votes_over_both(ask):
    says = {"draft": [boxed(1, 2)], "teacher": "Add seven six times.", "hinted": [boxed(42, 42)]}
    ran = await ask("hint", says, k=2)
    assert "Hint: Add seven six times." in ran.of("hinted")[0].messages[-1].content
    assert ran.outcome.final.answer == "42"
    assert len(ran.outcome.candidates) == 4


async def test_a_hint_that_gives_the_answer_away_is_not_shown(ask):
    ran = await ask("hint", {"draft": [boxed(1, 42)], "teacher": "It is 42."}, k=2)
    assert not ran.of("hinted")
    assert ran.outcome.final.answer == "1"
    assert [failure.kind for failure in ran.outcome.failures] == ["output"]


@pytest.mark.parametrize(("verdict", "helped"), [("true", False), ("false", True)])
async def test_hint_can_be_triggered_by_the_verifier(ask, verdict, helped):
    says = {
        "draft": [boxed(1, 1)],
        "verifier": f'{{"correct": {verdict}}}',
        "teacher": "Think of six sevens.",
        "hinted": [boxed(42, 42, 42)[:2]],
    }
    ran = await ask("hint", says, k=2, trigger="verifier", vote="hinted")
    assert bool(ran.of("teacher")) is helped
    assert ran.outcome.final.answer == ("42" if helped else "1")


async def test_hint_by_the_gold_answer(ask):
    says = {"draft": [boxed(1, 1)], "teacher": "Think.", "hinted": [boxed(42, 42)]}
    ran = await ask("hint", says, k=2, trigger="oracle", vote="hinted")
    assert ran.outcome.final.answer == "42"
