"""Parallel-Distill-Refine: schedules, distillers, the workspace's bound, failing branches."""

import pytest

from redraft.core import Choice, ModelError, Workspace

SELECT = '{"best": [3, 1]}'


def boxed(*answers):
    return [f"I get \\boxed{{{answer}}}." for answer in answers]


def drafts(request):
    return boxed(*range(request.sampling.n))


def workspaces(ran):
    return [a for a in ran.context.lineage.artifacts.values() if isinstance(a, Workspace)]


@pytest.mark.parametrize(
    ("widths", "refined"), [([8], [1]), ([4, 2], [2, 1]), ([16, 8, 4], [8, 4, 1])]
)
async def test_the_schedule_sets_the_width_of_every_round(ask, widths, refined):
    says = {"draft": drafts, "refine": drafts, "distiller": "Agreed: nothing."}
    ran = await ask("pdr", says, widths=widths)
    assert [r.sampling.n for r in ran.of("draft")] == [widths[0]]
    assert [r.sampling.n for r in ran.of("refine")] == refined
    assert len(ran.of("distiller")) == len(widths)
    assert ran.outcome.final.answer == "0"


async def test_a_round_sees_the_workspace_and_nothing_older(ask):
    notes = ["Agreed: first notes.", "Agreed: second notes."]
    says = {"draft": drafts, "refine": drafts, "distiller": notes}
    ran = await ask("pdr", says, widths=[2, 2])
    first, second = (request.messages[-1].content for request in ran.of("refine"))
    assert "first notes" in first
    assert "second notes" in second
    assert "first notes" not in second
    assert "\\boxed" not in second


async def test_top_k_carries_the_chosen_solutions_best_first(ask):
    says = {"draft": drafts, "refine": drafts, "selector": SELECT}
    ran = await ask("pdr", says, widths=[4], distiller="top_k", k=2)
    (workspace,) = workspaces(ran)
    assert workspace.text.index("\\boxed{2}") < workspace.text.index("\\boxed{0}")
    assert "\\boxed{1}" not in workspace.text
    assert "Choose the best 2." in ran.of("selector")[0].messages[-1].content


async def test_per_sample_top_k_chooses_for_each_branch(ask):
    says = {"draft": drafts, "refine": drafts, "selector": [SELECT, '{"best": [2]}', SELECT]}
    ran = await ask("pdr", says, widths=[4, 2], distiller="per_sample_top_k", k=2)
    one, two = ran.of("refine")[:2]
    assert one.sampling.n == two.sampling.n == 1
    assert one.messages != two.messages
    assert len({request.sampling.seed for request in ran.of("selector")}) == len(ran.of("selector"))


async def test_random_k_draws_for_each_branch_without_a_call(ask):
    says = {"draft": drafts, "refine": drafts}
    ran = await ask("pdr", says, widths=[8, 3], distiller="random_k", k=2)
    again = await ask("pdr", says, widths=[8, 3], distiller="random_k", k=2)
    assert {r.origin.agent for r in ran.requests} == {"draft", "refine"}
    assert [w.text for w in workspaces(ran)] == [w.text for w in workspaces(again)]
    assert len({w.text for w in workspaces(ran)[:3]}) > 1


async def test_few_drafts_need_no_choice(ask):
    ran = await ask("pdr", {"draft": drafts, "refine": drafts}, widths=[2], distiller="top_k", k=4)
    assert not ran.of("selector")


async def test_an_unreadable_choice_falls_back_to_the_first_drafts(ask):
    says = {"draft": drafts, "refine": drafts, "selector": "I like them all"}
    ran = await ask("pdr", says, widths=[4], distiller="top_k", k=2)
    (workspace,) = workspaces(ran)
    assert "\\boxed{0}" in workspace.text
    assert "\\boxed{1}" in workspace.text
    assert [f.node for f in ran.outcome.failures] == ["selector"]


@pytest.mark.parametrize("distiller", ["summary", "top_k", "per_sample_top_k", "random_k"])
async def test_the_workspace_is_bounded_whatever_is_in_it(ask, distiller):
    long = "word " * 400
    says = {
        "draft": lambda request: [f"{long} \\boxed{{{i}}}" for i in range(request.sampling.n)],
        "refine": drafts,
        "distiller": long,
        "selector": SELECT,
    }
    ran = await ask("pdr", says, widths=[4, 2], distiller=distiller, k=2, workspace_tokens=64)
    shown = [request.messages[-1].content for request in ran.of("refine")]
    notes = [text.split("<notes>\n")[1].split("\n</notes>")[0] for text in shown]
    assert notes
    assert all(len(text.split()) <= 64 for text in notes)
    if distiller == "summary":
        assert all(r.sampling.max_tokens == 64 for r in ran.of("distiller"))


async def test_thinking_never_reaches_the_workspace(ask):
    def think(request):
        return [
            Choice(content=f"\\boxed{{{i}}}", reasoning="secret thought")
            for i in range(request.sampling.n)
        ]

    says = {"draft": think, "refine": think, "distiller": "Agreed: little."}
    for distiller in ("summary", "random_k"):
        ran = await ask("pdr", says, widths=[4], distiller=distiller)
        assert all("secret" not in m.content for r in ran.requests for m in r.messages)


async def test_fresh_branches_see_no_workspace(ask):
    says = {"draft": drafts, "refine": drafts, "distiller": "Agreed: it is 7."}
    ran = await ask("pdr", says, widths=[4, 2], fresh=2)
    later = ran.of("draft")[1:]
    assert [request.sampling.n for request in later] == [2, 2]
    assert all("it is 7" not in request.messages[-1].content for request in later)
    assert ran.outcome.final.agent == "vote"


async def test_a_vote_can_count_every_round(ask):
    says = {"draft": [boxed(42, 42, 42)], "refine": boxed(7)[0], "distiller": "Agreed: 42."}
    assert (await ask("pdr", says, widths=[3])).outcome.final.answer == "7"
    assert (await ask("pdr", says, widths=[3], vote="all")).outcome.final.answer == "42"


@pytest.mark.parametrize("gate", ["oracle", "verifier", "critic"])
async def test_a_gate_keeps_drafts_out_of_the_workspace(ask, gate):
    def judge(request):
        right = "\\boxed{42}" in request.messages[-1].content
        word = "true" if right else "false"
        return f'{{"correct": {word}, "first_error": -1, "final_correct": {word}}}'

    says = {"draft": [boxed(1, 42)], "refine": boxed(42)[0], "verifier": judge, "critic": judge}
    ran = await ask("pdr", says, widths=[2], distiller="random_k", gate=gate)
    (workspace,) = workspaces(ran)
    assert "\\boxed{42}" in workspace.text
    assert "\\boxed{1}" not in workspace.text


async def test_when_no_draft_passes_the_next_round_starts_afresh(ask):
    ran = await ask("pdr", {"draft": drafts}, widths=[2], gate="oracle")
    assert not workspaces(ran)
    assert [request.sampling.n for request in ran.of("draft")] == [2, 1]


async def test_a_failing_distiller_does_not_lose_the_drafts(ask):
    says = {"draft": [boxed(42, 42), boxed(42)], "distiller": ModelError("too long")}
    ran = await ask("pdr", says, widths=[2])
    assert ran.outcome.final.answer == "42"
    assert [failure.node for failure in ran.outcome.failures] == ["distill"]


async def test_one_failing_branch_does_not_lose_its_siblings(ask):
    says = {"draft": drafts, "refine": [ModelError("gone"), *boxed(5, 5)]}
    ran = await ask("pdr", says, widths=[4, 2], distiller="random_k", k=1)
    assert ran.outcome.final.answer == "5"
    assert len(ran.outcome.failures) == 1


async def test_when_refining_fails_the_drafts_are_put_to_a_vote(ask):
    says = {"draft": [boxed(1, 42, 42)], "distiller": "notes", "refine": ModelError("gone")}
    ran = await ask("pdr", says, widths=[3])
    assert ran.outcome.final.answer == "42"


async def test_the_path_counts_draft_distil_and_refine_once_each(ask):
    says = {"draft": drafts, "refine": drafts, "distiller": "notes"}
    ran = await ask("pdr", says, widths=[2])
    lineage, final = ran.context.lineage, ran.outcome.final
    (workspace,) = workspaces(ran)
    path = max(d.usage.total for d in ran.outcome.candidates[:2])
    assert lineage.sequential([final]) == path + workspace.usage.total + final.usage.total
