"""`behaviors`, `self_improve` and `learn`: what they recall, ask, hold back and name."""

from dataclasses import dataclass

import pytest

from redraft.core import Behavior, InputError, ModelError, Problem

COUNT = Behavior(name="behavior_count", instruction="Count in groups of equal size.")
CHECK = Behavior(name="behavior_check", instruction="Estimate first, then compare.")
LINES = "\n".join(f"{one.name}: {one.instruction}" for one in (COUNT, CHECK))


@dataclass
class Book:
    """A memory that has the same behaviors for every problem."""

    has: tuple[Behavior, ...] = (COUNT, CHECK)
    version: str = "book@3"

    async def recall(self, problem, query):
        return self.has[: query.most]


def recalled(ran):
    return next(a for a in ran.context.lineage.artifacts.values() if a.kind == "recalled")


async def test_behaviors_stand_in_the_prompt_and_the_record(ask):
    said = "Using behavior_count. \\boxed{42}"
    ran = await ask("behaviors", {"behave": said}, memory=Book(), hold=0)
    (request,) = ran.requests
    assert LINES in request.messages[-1].content
    assert ran.outcome.final.answer == "42"
    assert ran.outcome.counts == {"shown": 2, "held": 0, "cited": 1}
    assert recalled(ran).version == "book@3"
    assert ran.outcome.final.parents == (recalled(ran).id,)


@pytest.mark.parametrize(
    "recipe", ["single", "vote", "sequential", "pdr", "critique", "hint", "self_improve"]
)
async def test_the_first_drafts_of_other_recipes_are_by_behaviors_too(ask, recipe):
    says = {
        "behave": "\\boxed{42}",
        "distiller": "Agreed: little.",
        "refine": "\\boxed{42}",
        "rewrite": "\\boxed{42}",
        "critic": '{"steps": [], "final_correct": true}',
        "reflect": "It is right.",
        "extract": "none",
        "draft": "\\boxed{42}",
    }
    # With this question chance holds nothing back.
    problem = Problem(id="p", prompt="What is 14 times 3?", answer="42")
    ran = await ask(recipe, says, problem, memory=Book())
    assert recalled(ran).shown == (COUNT, CHECK)
    first = ran.requests[0]
    assert first.origin.agent == "behave"
    assert LINES in first.messages[-1].content
    drafted = next(a for a in ran.context.lineage.artifacts.values() if a.kind == "solution")
    assert drafted.parents == (recalled(ran).id,)
    assert ran.outcome.final.answer == "42"


async def test_what_is_held_back_leaves_other_recipes_plain_drafts(ask):
    problems = [Problem(id=str(n), prompt=f"What is 6 times {n}?") for n in range(40)]
    says = {"behave": "\\boxed{42}", "draft": "\\boxed{42}"}
    runs = [await ask("vote", says, problem, memory=Book(), n=1) for problem in problems]
    plain = [ran for ran in runs if ran.of("draft")]
    assert 0 < len(plain) < 20
    assert all(recalled(ran).held == (COUNT, CHECK) for ran in plain)


async def test_without_a_handbook_the_run_ends_with_what_to_do(ask):
    with pytest.raises(InputError, match="add --handbook PATH"):
        await ask("behaviors", {})


async def test_only_so_many_behaviors_and_tokens_are_shown(ask):
    ran = await ask("behaviors", {"behave": "\\boxed{42}"}, memory=Book(), hold=0, most=1)
    assert recalled(ran).shown == (COUNT,)
    ran = await ask("behaviors", {"draft": "\\boxed{42}"}, memory=Book(), hold=0, tokens=1)
    assert recalled(ran).shown == recalled(ran).held == ()


async def test_an_empty_handbook_leaves_a_plain_draft(ask):
    ran = await ask("behaviors", {"draft": "\\boxed{42}"}, memory=Book(()), hold=0)
    assert ran.outcome.final.answer == "42"


async def test_chance_holds_back_whole_problems_and_single_behaviors(ask):
    alone = whole = 0
    for number in range(60):
        problem = Problem(id=str(number), prompt=f"What is 6 times {number}?", answer="42")
        says = {"behave": "\\boxed{42}", "draft": "\\boxed{42}"}
        ran = await ask("behaviors", says, problem, memory=Book(), hold=0.3)
        made = recalled(ran)
        assert set(made.shown) | set(made.held) == {COUNT, CHECK}
        whole += made.all_held
        alone += bool(made.held) and not made.all_held
        assert bool(made.shown) == bool(ran.of("behave"))
        for one in made.held:
            assert all(one.instruction not in r.messages[-1].content for r in ran.requests)
    assert 5 <= whole <= 35
    assert 5 <= alone <= 45


async def test_the_same_job_holds_back_the_same(ask):
    says = {"behave": "\\boxed{42}", "draft": "\\boxed{42}"}
    first = recalled(await ask("behaviors", says, memory=Book(), hold=0.5))
    assert first == recalled(await ask("behaviors", says, memory=Book(), hold=0.5))


async def test_the_handbook_stays_closed_where_plain_drafts_agree(ask):
    agreed = {"draft": [["\\boxed{42}", "\\boxed{42}"]]}
    ran = await ask("behaviors", agreed, memory=Book(), plain=2)
    assert ran.outcome.final.answer == "42"
    assert len(ran.requests) == 1
    split = {"draft": [["\\boxed{42}", "\\boxed{41}"]], "behave": "\\boxed{42}"}
    ran = await ask("behaviors", split, memory=Book(), plain=2, hold=0)
    assert ran.outcome.final.answer == "42"
    assert len(ran.outcome.candidates) == 3


async def test_learning_reflects_on_right_solutions_alone(ask):
    says = {
        "draft": [["\\boxed{42}", "\\boxed{41}"]],
        "reflect": "The answer is right.",
        "extract": LINES,
    }
    ran = await ask("learn", says, n=2)
    assert len(ran.of("reflect")) == len(ran.of("extract")) == 1
    assert "The answer is right." in ran.of("extract")[0].messages[-1].content
    assert ran.outcome.counts == {"admitted": 1, "behaviors": 2}
    found = next(a for a in ran.context.lineage.artifacts.values() if a.kind == "behaviors")
    assert found.items == (COUNT, CHECK)


async def test_learning_takes_the_solution_that_comes_with_a_problem(ask):
    problem = Problem(id="p", prompt="6 x 7?", answer="42", meta={"trace": "So \\boxed{42}"})
    ran = await ask("learn", {"reflect": "Right.", "extract": "none"}, problem)
    assert ran.outcome.final.text == "So \\boxed{42}"
    assert ran.outcome.counts == {"admitted": 1, "behaviors": 0}


async def test_improvement_shows_the_actor_the_behaviors_of_its_own_draft(ask):
    says = {
        "draft": "\\boxed{41}",
        "reflect": "It is wrong.",
        "extract": LINES,
        "behave": "\\boxed{42}",
    }
    ran = await ask("self_improve", says)
    assert LINES in ran.of("behave")[0].messages[-1].content
    assert ran.outcome.final.answer == "42"
    assert ran.outcome.counts == {"behaviors": 2}


async def test_improvement_without_behaviors_drafts_anew(ask):
    says = {
        "draft": ["\\boxed{41}", "\\boxed{42}"],
        "reflect": ModelError("the server is down"),
    }
    ran = await ask("self_improve", says)
    assert ran.outcome.final.answer == "42"
    assert ran.outcome.failures[0].kind == "model"
