"""`xolver`: a team with roles and experience, a judge, and a board that keeps the best."""

import asyncio
import json
import re

import pytest

from redraft.core import BudgetError, Example, Message, ModelError, Problem, Request
from redraft.memory import SqliteStore, open_snapshot

GROUPS = Example(key="g", problem="4 bags of 9?", solution="So \\boxed{36}")
SHARES = Example(key="s", problem="Share 12 by 4?", solution="So \\boxed{3}")
OWN = "Problem: 5 bags of 8?\nSolution: 5 x 8 = \\boxed{40}"
ROLES = ["an algebraist", "a geometer", "an accountant"]
TEAM = json.dumps({"proposed": [{"role": "a poet", "reason": "rhyme"}], "chosen": ROLES})


def boxed(*answers):
    return [f"I get \\boxed{{{answer}}}." for answer in answers]


def scored(scores, other=0.0):
    """A judge that scores by the answer in the box."""

    def judge(request):
        (answer,) = re.findall(r"boxed\{(\d+)\}", request.messages[-1].content)
        score = scores.get(int(answer), other)
        said = {"correct": score > 0.5, "probability": score, "reason": f"As {answer} is."}
        return json.dumps(said)

    return judge


def says(first, later=(), scores=None, **others):
    return {
        "planner": TEAM,
        "expert": boxed(*first),
        "expert_recalling": boxed(*first),
        "expert_board": boxed(*later),
        "verifier": scored(scores or {}),
        **others,
    }


def made(ran, kind):
    return [one for one in ran.context.lineage.artifacts.values() if one.kind == kind]


def prompt(request):
    return request.messages[-1].content


async def test_the_team_answers_by_role_and_improves_on_the_board(ask):
    lines = says([1, 2, 3], [4, 42, 5], {1: 0.2, 2: 0.4, 3: 0.3, 42: 0.9})
    ran = await ask("xolver", lines, experience="none")
    assert ran.outcome.final.answer == "42"
    assert len(ran.outcome.candidates) == 6
    assert ran.outcome.counts == {"rounds": 2, "converged": 0, "examples": 0}
    first, later = ran.of("expert"), ran.of("expert_board")
    for place, role in enumerate(ROLES):
        assert f"Your role: {role}" in prompt(first[place])
        assert f"Your role: {role}" in prompt(later[place])
        assert f"<solution>\n{boxed(place + 1)[0]}\n</solution>" in prompt(later[place])
    board = prompt(later[0])
    sections = [
        "Solution 1 (a geometer), score 0.4:\nI get \\boxed{2}.\nJudge: As 2 is.",
        "Solution 2 (an accountant), score 0.3:\nI get \\boxed{3}.\nJudge: As 3 is.",
        "Solution 3 (an algebraist), score 0.2:\nI get \\boxed{1}.\nJudge: As 1 is.",
    ]
    assert "\n\n".join(sections) in board
    assert {request.sampling.temperature for request in (*first, *later)} == {0.2}


async def test_the_board_keeps_the_best_of_all_rounds(ask):
    scores = {1: 0.9, 2: 0.1, 3: 0.5, 4: 0.2, 5: 0.6, 6: 0.3, 7: 0.1, 8: 0.1, 9: 0.1}
    lines = says([1, 2, 3], [4, 5, 6, 7, 8, 9], scores)
    ran = await ask("xolver", lines, experience="none", rounds=3)
    shown = [re.findall(r"score ([\d.]+)", prompt(one)) for one in ran.of("expert_board")]
    assert shown == [["0.9", "0.5", "0.1"]] * 3 + [["0.9", "0.6", "0.5"]] * 3
    assert ran.outcome.final.answer == "1"


@pytest.mark.parametrize("rounds", [1, 2, 5])
async def test_it_goes_so_many_rounds_and_no_more(ask, rounds):
    later = range(10, 10 + 3 * (rounds - 1))
    ran = await ask("xolver", says([1, 2, 3], later), experience="none", rounds=rounds)
    assert len(ran.of("expert")) == 3
    assert len(ran.of("expert_board")) == 3 * (rounds - 1)
    assert len(ran.of("verifier")) == 3 * rounds
    assert ran.outcome.counts["rounds"] == rounds
    assert not ran.outcome.failures


async def test_it_ends_when_the_whole_board_is_perfect(ask):
    lines = says([42, 42, 1], [42, 42, 42], {42: 1.0})
    ran = await ask("xolver", lines, experience="none", rounds=9)
    assert ran.outcome.counts == {"rounds": 2, "converged": 1, "examples": 0}
    assert len(ran.of("expert_board")) == 3
    nearly = says([42, 42, 42], [42, 42, 42], {42: 0.8})
    assert (await ask("xolver", nearly, experience="none")).outcome.counts["rounds"] == 2
    ran = await ask("xolver", nearly, experience="none", perfect=0.8)
    assert ran.outcome.counts["rounds"] == 1


async def test_experience_is_in_the_first_prompts_alone(ask, solved):
    memory = solved(GROUPS, SHARES)
    ran = await ask("xolver", says([1, 2, 3], [4, 5, 6]), memory=memory)
    assert (memory.asked[0].most, memory.asked[0].by) == (5, "lexical")
    assert not memory.asked[0].mistakes
    for request in ran.of("expert_recalling"):
        text = prompt(request)
        assert text.index(GROUPS.solution) < text.index(SHARES.problem) < text.index("6 times 7")
    assert len(ran.of("expert_recalling")) == 3
    assert all(GROUPS.problem not in prompt(request) for request in ran.of("expert_board"))
    (examples,) = made(ran, "examples")
    assert (examples.version, examples.shown) == ("solved@3", (GROUPS, SHARES))
    assert ran.outcome.counts["examples"] == 2


@pytest.mark.parametrize("knobs", [{}, {"experience": "self"}, {"empty": True}])
async def test_without_experience_the_actor_recalls_a_problem_of_its_own(ask, solved, knobs):
    memory = solved(GROUPS) if "experience" in knobs else None
    if knobs.pop("empty", False):
        memory = solved()
    ran = await ask("xolver", says([1, 2, 3], [4, 5, 6], reminisce=OWN), memory=memory, **knobs)
    assert "5 bags of 8?\nSolution:\n5 x 8" in prompt(ran.of("expert_recalling")[0])
    assert GROUPS.problem not in prompt(ran.of("expert_recalling")[0])
    assert made(ran, "examples")[-1].version == ""


async def test_what_cannot_be_recalled_is_gone_without(ask, solved):
    lost = says([1, 2, 3], [4, 5, 6], {2: 0.5}, reminisce="I remember nothing.")
    ran = await ask("xolver", lost)
    assert ran.outcome.final.answer == "2"
    assert len(ran.of("expert")) == 3
    long = says([1, 2, 3], [4, 5, 6], {2: 0.5}, reminisce=OWN + " and" * 100)
    ran = await ask("xolver", long, tokens=50)
    assert len(ran.of("expert")) == 3


async def test_a_problem_is_never_its_own_experience(ask, tmp_path):
    problem = Problem(id="p", prompt="What is 6 times 7?", answer="42")
    own = Example(key=problem.key, problem=problem.prompt, solution="Surely \\boxed{42}")
    async with SqliteStore.open(tmp_path / "book.db") as store:
        await store.add_examples([own, GROUPS.model_copy(update={"problem": "6 times 7 bags?"})])
        memory = await open_snapshot(store)
    ran = await ask("xolver", says([1, 2, 3], [4, 5, 6]), problem, memory=memory)
    assert [one.key for one in made(ran, "examples")[0].shown] == [GROUPS.key]
    assert all("Surely" not in message.content for r in ran.requests for message in r.messages)


async def test_plain_drafts_have_neither_role_nor_experience(ask, solved):
    lines = says([1, 2, 3], [4, 5, 6], {42: 0.9, 41: 0.1}, draft=[boxed(41, 42)])
    ran = await ask("xolver", lines, memory=solved(GROUPS), plain=2)
    assert ran.outcome.final.answer == "42"
    (request,) = ran.of("draft")
    assert request.sampling.n == 2
    assert all(
        "role" not in m.content and GROUPS.problem not in m.content for m in request.messages
    )
    assert "Solution 1, score 0.9" in prompt(ran.of("expert_board")[0])
    assert len(ran.outcome.candidates) == 8


async def test_on_a_tie_the_majority_of_the_best_wins_and_then_the_latest(ask):
    lines = says([7, 8, 9], [42, 5, 42], {42: 0.9, 5: 0.9, 7: 0.9})
    assert (await ask("xolver", lines, experience="none")).outcome.final.answer == "42"
    lines = says([7, 8, 9], [5, 6, 4], {7: 0.9, 6: 0.9})
    assert (await ask("xolver", lines, experience="none")).outcome.final.answer == "6"


async def test_the_final_solution_names_the_best_entry_and_its_verdict(ask):
    ran = await ask("xolver", says([1, 42, 3], [4, 5, 6], {42: 0.7}), experience="none")
    found = ran.context.lineage.artifacts
    best, verdict, *others = [found[parent] for parent in ran.outcome.final.parents]
    assert (best.kind, best.agent, best.answer) == ("solution", "expert", "42")
    assert (verdict.score, verdict.parents) == (0.7, (best.id,))
    assert len(others) == 4
    latest = [one for one in made(ran, "solution") if one.agent == "expert_board"]
    seq = ran.context.lineage.sequential
    assert seq([ran.outcome.final]) > max(seq([one]) for one in latest)


@pytest.mark.parametrize(
    "reply",
    [json.dumps({"chosen": ["an algebraist"]}), "no JSON", ModelError("gone")],
)
async def test_agents_without_a_role_are_generalists(ask, reply):
    ran = await ask("xolver", says([1, 2, 3], [4, 5, 6], planner=reply), experience="none")
    roles = [re.search(r"Your role: (.*)", prompt(one))[1] for one in ran.of("expert")]
    known = ["an algebraist"] if "algebraist" in str(reply) else []
    assert roles == known + ["generalist"] * (3 - len(known))
    assert len({request.sampling.seed for request in ran.of("expert")}) == 3


async def test_more_agents_than_chosen_take_the_other_proposals(ask):
    ran = await ask("xolver", says([1, 2, 3, 4], range(5, 9)), experience="none", agents=4)
    assert "Your role: a poet" in prompt(ran.of("expert")[3])


async def test_an_agent_that_failed_begins_again_and_its_siblings_go_on(ask):
    first = [boxed(1)[0], ModelError("gone"), boxed(3)[0], boxed(42)[0]]
    lines = says([], [4, 5], {42: 0.9}, expert=first)
    ran = await ask("xolver", lines, experience="none")
    assert ran.outcome.final.answer == "42"
    assert len(ran.of("expert_board")) == 2
    assert "Your role: a geometer" in prompt(ran.of("expert")[3])


async def test_what_the_judge_cannot_score_stands_at_zero(ask):
    def judge(request):
        if "{1}" in prompt(request):
            raise ModelError("gone")
        return scored({2: 0.3})(request)

    lines = says([1, 2, 3], [1, 1, 1], verifier=judge)
    ran = await ask("xolver", lines, experience="none")
    assert ran.outcome.final.answer == "2"
    everything = says([1, 1, 2], [5, 5, 5], verifier=ModelError("gone"))
    ran = await ask("xolver", everything, experience="none", rounds=1)
    assert ran.outcome.final.answer == "1"


async def test_a_budget_that_ends_in_a_round_keeps_the_best_so_far(ask):
    refused = BudgetError("no room", limit="total_tokens")
    lines = says([1, 42, 3], [], {42: 0.4}, expert_board=refused)
    ran = await ask("xolver", lines, experience="none", rounds=9)
    assert ran.outcome.final.answer == "42"
    assert len(ran.of("expert_board")) == 3
    lost = {"planner": refused, "expert": refused}
    ran = await ask("xolver", lost, experience="none", rounds=9)
    assert ran.outcome.final is None


async def test_a_board_is_cut_to_its_bound(ask):
    long = [f"{'so ' * 300}\\boxed{{{answer}}}" for answer in (1, 2, 3)]
    lines = says([], [4, 5, 6], expert=long)
    ran = await ask("xolver", lines, experience="none", tokens=200)
    board = prompt(ran.of("expert_board")[0]).split("<board>\n")[1].split("\n</board>")[0]
    asked = Request(messages=(Message(role="user", content=board),))
    assert 100 < await ran.context.model("actor").count(asked) <= 200
    assert all(f"\\boxed{{{answer}}}" in board for answer in (1, 2, 3))


async def test_the_same_job_asks_the_same(ask, solved):
    lines = says([1, 2, 3], [4, 5, 6], {5: 0.5})
    first, again = await asyncio.gather(
        *(ask("xolver", lines, memory=solved(GROUPS, SHARES)) for _ in range(2))
    )
    assert first.requests == again.requests
    assert first.context.lineage.artifacts == again.context.lineage.artifacts
