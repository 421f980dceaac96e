"""`skill_on_demand`: which questions are difficult, which skills they lack, and what is shown."""

import json

import pytest

from redraft.core import BudgetError, Example, InputError, ModelError, Problem

GROUPS = Example(key="g", problem="4 bags of 9?", solution="So \\boxed{36}", skills=("groups",))
SHARES = Example(key="s", problem="Share 12 by 4?", solution="So \\boxed{3}", skills=("shares",))
PLAIN = Example(key="n", problem="What is 2 times 3?", solution="So \\boxed{6}")


def boxed(*answers):
    return [f"I get \\boxed{{{answer}}}." for answer in answers]


def passes(score, *, correct=True):
    return json.dumps({"correct": correct, "probability": score})


def lacks(*skills):
    return json.dumps({"correct": False, "reason": "It adds.", "skills": skills})


def made(ran, kind):
    return [one for one in ran.context.lineage.artifacts.values() if one.kind == kind]


async def test_an_easy_question_keeps_its_plain_answer(ask, solved):
    memory = solved(GROUPS)
    says = {"draft": boxed(41)[0], "verifier": passes(0.95)}
    ran = await ask("skill_on_demand", says, memory=memory)
    assert ran.outcome.final.answer == "41"
    assert ran.outcome.counts == {"difficult": 0, "skills": 0, "shown": 0}
    assert len(ran.requests) == 2
    assert memory.asked == []


@pytest.mark.parametrize("verdict", [passes(0.9), passes(0.95, correct=False)])
async def test_a_difficult_one_is_answered_from_examples_of_what_is_missing(ask, solved, verdict):
    says = {
        "draft": boxed(41)[0],
        "verifier": verdict,
        "missing_skills": lacks("groups"),
        "guided": boxed(42)[0],
    }
    ran = await ask("skill_on_demand", says, memory=solved(SHARES, GROUPS))
    assert ran.outcome.final.answer == "42"
    assert ran.outcome.counts == {"difficult": 1, "skills": 1, "shown": 1}
    (asked,) = ran.of("missing_skills")
    assert "groups\nshares" in asked.messages[-1].content
    assert "\\boxed{41}" in asked.messages[-1].content
    assert asked.output_schema is not None
    (guided,) = ran.of("guided")
    assert GROUPS.problem in guided.messages[-1].content
    assert GROUPS.solution in guided.messages[-1].content
    assert SHARES.problem not in guided.messages[-1].content


async def test_what_was_shown_is_in_the_record_and_on_the_path(ask, solved):
    says = {
        "draft": boxed(41)[0],
        "verifier": passes(0.1),
        "missing_skills": lacks("groups"),
        "guided": boxed(42)[0],
    }
    ran = await ask("skill_on_demand", says, memory=solved(GROUPS))
    (examples,), (labels,), (draft,) = (
        made(ran, "examples"),
        made(ran, "labels"),
        [one for one in made(ran, "solution") if one.agent == "draft"],
    )
    assert (examples.version, examples.shown) == ("solved@3", (GROUPS,))
    assert ran.outcome.final.parents == (examples.id,)
    assert examples.parents == (labels.id,)
    assert labels.parents == (draft.id,)
    spent = sum(one.usage.total for one in (draft, labels, ran.outcome.final))
    assert ran.context.lineage.sequential([ran.outcome.final]) == spent


async def test_skills_of_the_question_are_named_without_its_answer(ask, solved):
    says = {
        "draft": boxed(41)[0],
        "verifier": passes(0.1),
        "question_skills": json.dumps({"skills": ["GROUPS", "magic"]}),
        "guided": boxed(42)[0],
    }
    ran = await ask("skill_on_demand", says, memory=solved(GROUPS, SHARES), skills="question")
    assert ran.outcome.final.answer == "42"
    (asked,) = ran.of("question_skills")
    assert all("41" not in message.content for message in asked.messages)
    assert made(ran, "examples")[0].shown == (GROUPS,)


@pytest.mark.parametrize("reply", [lacks(), lacks("magic"), ModelError("gone")])
async def test_where_no_skill_of_the_list_is_missing_the_plain_answer_stands(ask, solved, reply):
    memory = solved(GROUPS)
    says = {"draft": boxed(42)[0], "verifier": passes(0.1), "missing_skills": reply}
    ran = await ask("skill_on_demand", says, memory=memory)
    assert ran.outcome.final.answer == "42"
    assert memory.asked == []


async def test_without_a_list_of_skills_the_most_alike_are_shown(ask, solved):
    says = {"draft": boxed(41)[0], "verifier": passes(0.1), "guided": boxed(42)[0]}
    ran = await ask("skill_on_demand", says, memory=solved(PLAIN))
    assert ran.outcome.final.answer == "42"
    assert made(ran, "examples")[0].shown == (PLAIN,)


async def test_agreement_of_drafts_says_what_is_easy(ask, solved):
    agreed = {"draft": [boxed(42, 42, 42)]}
    ran = await ask("skill_on_demand", agreed, memory=solved(GROUPS), n=3, judge="agreement")
    assert ran.outcome.final.answer == "42"
    assert len(ran.requests) == 1
    split = {
        "draft": [boxed(41, 41, 42)],
        "missing_skills": lacks("groups"),
        "guided": [boxed(42, 42, 42)],
    }
    knobs = {"n": 3, "judge": "agreement"}
    ran = await ask("skill_on_demand", split, memory=solved(GROUPS), **knobs)
    assert ran.outcome.final.answer == "42"
    assert len(ran.outcome.candidates) == 6
    ran = await ask(
        "skill_on_demand",
        {**split, "guided": [boxed(42, 5, 6)]},
        **knobs,
        vote="all",
        memory=solved(GROUPS),
    )
    assert ran.outcome.final.answer == "41"
    with pytest.raises(InputError, match="needs n of at least 2"):
        await ask("skill_on_demand", {}, memory=solved(), judge="agreement")


async def test_the_plain_branch_sees_no_example(ask, solved):
    says = {
        "draft": boxed(41)[0],
        "verifier": passes(0.1),
        "missing_skills": lacks("groups"),
        "guided": boxed(42)[0],
    }
    ran = await ask("skill_on_demand", says, memory=solved(GROUPS))
    assert all(GROUPS.problem not in m.content for m in ran.of("draft")[0].messages)


async def test_only_so_many_examples_and_tokens_are_shown(ask, solved):
    long = GROUPS.model_copy(update={"key": "l", "solution": "and " * 500 + "\\boxed{36}"})
    says = {
        "draft": boxed(41)[0],
        "verifier": passes(0.1),
        "missing_skills": lacks("groups"),
        "guided": boxed(42)[0],
    }
    others = [GROUPS.model_copy(update={"key": str(number)}) for number in range(3)]
    knobs = {"memory": solved(long, *others), "tokens": 100}
    ran = await ask("skill_on_demand", says, **knobs, most=3)
    assert [one.key for one in made(ran, "examples")[0].shown] == ["0", "1"]
    ran = await ask("skill_on_demand", says, **{**knobs, "tokens": 1})
    assert ran.outcome.final.answer == "41"
    assert ran.of("guided") == []


async def test_a_budget_that_ends_before_the_second_answer_keeps_the_first(ask, solved):
    says = {
        "draft": boxed(41)[0],
        "verifier": passes(0.1),
        "missing_skills": lacks("groups"),
        "guided": BudgetError("no room", limit="total_tokens"),
    }
    ran = await ask("skill_on_demand", says, memory=solved(GROUPS))
    assert ran.outcome.final.answer == "41"
    assert [failure.kind for failure in ran.outcome.failures] == ["budget"]


async def test_the_same_job_asks_the_same(ask, solved):
    says = {
        "draft": boxed(41)[0],
        "verifier": passes(0.1),
        "missing_skills": lacks("groups"),
        "guided": boxed(42)[0],
    }
    memories = solved(GROUPS), solved(GROUPS)
    first, again = [await ask("skill_on_demand", says, memory=one) for one in memories]
    assert first.requests == again.requests
    assert first.context.lineage.artifacts == again.context.lineage.artifacts
    assert memories[0].asked == memories[1].asked
    other = solved(GROUPS)
    await ask("skill_on_demand", says, Problem(id="q", prompt="6 x 7?"), memory=other)
    assert other.asked[0].seed != memories[0].asked[0].seed


async def test_it_cannot_go_without_a_handbook(ask):
    with pytest.raises(InputError, match="add --handbook PATH"):
        await ask("skill_on_demand", {"draft": boxed(41)[0], "verifier": passes(0.1)})
