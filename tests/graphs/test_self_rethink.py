"""`self_rethink`: an answer is thought over while it repeats a known mistake, and no longer."""

import json

import pytest

from redraft.core import BudgetError, Example, InputError, ModelError

ADDED = Example(
    key="a",
    problem="4 bags of 9?",
    solution="So \\boxed{36}",
    wrong="So \\boxed{13}",
    error="logical",
    explanation="It adds where it must multiply.",
)
BARE = Example(key="b", problem="What is 3 - 5?", solution="\\boxed{-2}", wrong="\\boxed{2}")
RIGHT = Example(key="c", problem="What is 5 - 3?", solution="\\boxed{2}")


def boxed(*answers):
    return [f"I get \\boxed{{{answer}}}." for answer in answers]


def repeats(number, reason="The sum."):
    return json.dumps({"reason": reason, "mistake": number})


def made(ran, kind):
    return [one for one in ran.context.lineage.artifacts.values() if one.kind == kind]


async def test_an_answer_that_repeats_a_mistake_is_thought_over(ask, solved):
    says = {
        "draft": boxed(13)[0],
        "recogniser": [repeats(2), repeats(0)],
        "rethink": boxed(42)[0],
    }
    ran = await ask("self_rethink", says, memory=solved(BARE, RIGHT, ADDED))
    assert ran.outcome.final.answer == "42"
    assert ran.outcome.counts == {"wrong_to_right": 1, "mistakes": 2, "rethought": 1}
    check, again = ran.of("recogniser")
    assert check.output_schema is not None
    assert "Mistake 2:\nlogical\nIt adds where" in check.messages[-1].content
    assert "\\boxed{13}" in check.messages[-1].content
    assert RIGHT.problem not in check.messages[-1].content
    assert "\\boxed{42}" in again.messages[-1].content
    told = ran.of("rethink")[0].messages
    assert told[-2].content == boxed(13)[0]
    assert "It adds where" in told[-1].content
    assert "The sum." in told[-1].content
    assert BARE.problem not in told[-1].content


async def test_a_clean_answer_stands(ask, solved):
    says = {"draft": boxed(42)[0], "recogniser": repeats(0)}
    ran = await ask("self_rethink", says, memory=solved(ADDED), rounds=5)
    assert ran.outcome.final.answer == "42"
    assert ran.outcome.counts == {"right_to_right": 1, "mistakes": 1, "rethought": 0}
    assert len(ran.requests) == 2


@pytest.mark.parametrize("rounds", [1, 2, 4])
async def test_it_rethinks_so_often_and_no_more(ask, solved, rounds):
    says = {
        "draft": boxed(1)[0],
        "recogniser": repeats(1),
        "rethink": boxed(*range(2, 9)),
    }
    ran = await ask("self_rethink", says, memory=solved(ADDED), rounds=rounds)
    assert len(ran.of("recogniser")) == len(ran.of("rethink")) == rounds
    assert ran.outcome.final.answer == str(rounds + 1)
    assert ran.outcome.counts["rethought"] == rounds
    assert not ran.outcome.failures


@pytest.mark.parametrize("number", [2, 9])
async def test_a_mistake_that_was_not_shown_is_none(ask, solved, number):
    says = {"draft": boxed(42)[0], "recogniser": repeats(number)}
    ran = await ask("self_rethink", says, memory=solved(ADDED))
    assert ran.outcome.final.answer == "42"
    assert ran.of("rethink") == []


async def test_without_mistakes_the_plain_answer_is_not_even_checked(ask, solved):
    ran = await ask("self_rethink", {"draft": boxed(42)[0]}, memory=solved(RIGHT))
    assert ran.outcome.final.answer == "42"
    assert len(ran.requests) == 1


async def test_clean_answers_are_not_checked_again(ask, solved):
    says = {
        "draft": [boxed(42, 13)],
        "recogniser": lambda request: repeats(int("{13}" in request.messages[-1].content)),
        "rethink": boxed(42)[0],
    }
    ran = await ask("self_rethink", says, memory=solved(RIGHT, BARE), n=2, rounds=3)
    assert ran.outcome.final.answer == "42"
    assert len(ran.of("recogniser")) == 3
    assert len(ran.of("rethink")) == 1
    assert ran.outcome.counts["right_to_right"] == ran.outcome.counts["wrong_to_right"] == 1


async def test_the_vote_is_over_the_last_answers_or_all(ask, solved):
    says = {
        "draft": boxed(7)[0],
        "recogniser": repeats(1),
        "rethink": boxed(7, 42),
    }
    last = await ask("self_rethink", says, memory=solved(ADDED))
    every = await ask("self_rethink", says, memory=solved(ADDED), vote="all")
    assert (last.outcome.final.answer, every.outcome.final.answer) == ("42", "7")


@pytest.mark.parametrize(
    ("show", "seen", "unseen"),
    [
        ("types", ["logical", "must multiply", BARE.wrong], [ADDED.wrong, ADDED.problem]),
        ("pairs", [ADDED.wrong, ADDED.problem, BARE.wrong], ["logical", "must multiply"]),
        ("both", ["logical", ADDED.wrong, ADDED.solution, BARE.wrong], []),
    ],
)
async def test_mistakes_are_shown_as_types_or_pairs(ask, solved, show, seen, unseen):
    says = {"draft": boxed(42)[0], "recogniser": repeats(0)}
    ran = await ask("self_rethink", says, memory=solved(ADDED, BARE), show=show)
    said = ran.of("recogniser")[0].messages[-1].content
    assert [text for text in seen if text not in said] == []
    assert [text for text in unseen if text in said] == []


async def test_the_record_says_what_was_shown_and_found(ask, solved):
    says = {
        "draft": boxed(13)[0],
        "recogniser": [repeats(1), repeats(0)],
        "rethink": boxed(42)[0],
    }
    ran = await ask("self_rethink", says, memory=solved(ADDED))
    (shown,), (found, clean) = made(ran, "examples"), made(ran, "recurrence")
    draft = next(one for one in made(ran, "solution") if one.agent == "draft")
    assert (shown.version, shown.shown) == ("solved@3", (ADDED,))
    assert (found.mistake, found.text, clean.mistake) == (0, "The sum.", -1)
    assert ran.outcome.final.parents == (draft.id, found.id, shown.id)
    assert found.parents == (draft.id, shown.id)


async def test_only_so_many_mistakes_are_asked_for(ask, solved):
    memory = solved(ADDED, BARE)
    says = {"draft": boxed(42)[0], "recogniser": repeats(0)}
    ran = await ask("self_rethink", says, memory=memory, most=1)
    assert made(ran, "examples")[0].shown == (ADDED,)
    assert memory.asked[0].mistakes


@pytest.mark.parametrize("error", [ModelError("gone"), BudgetError("no", limit="calls")])
async def test_a_call_that_fails_leaves_the_best_answer_standing(ask, solved, error):
    says = {"draft": boxed(42)[0], "recogniser": error}
    ran = await ask("self_rethink", says, memory=solved(ADDED))
    assert ran.outcome.final.answer == "42"
    says = {"draft": boxed(1)[0], "recogniser": repeats(1), "rethink": [boxed(42)[0], error]}
    ran = await ask("self_rethink", says, memory=solved(ADDED), rounds=9)
    assert ran.outcome.final.answer == "42"
    assert len(ran.of("rethink")) == 2


async def test_the_same_job_asks_the_same(ask, solved):
    says = {"draft": boxed(1)[0], "recogniser": repeats(1), "rethink": boxed(2, 3)}
    first, again = [await ask("self_rethink", says, memory=solved(ADDED, BARE)) for _ in range(2)]
    assert first.requests == again.requests
    assert first.context.lineage.artifacts == again.context.lineage.artifacts


async def test_it_cannot_go_without_a_handbook(ask):
    with pytest.raises(InputError, match="add --handbook PATH"):
        await ask("self_rethink", {"draft": boxed(42)[0]})
