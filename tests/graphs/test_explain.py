"""`explain` labels wrong attempts beside a right one, by the gold answer and closed lists."""

import json
from dataclasses import dataclass

import pytest

from redraft.core import Explanation, InputError, Labels, Problem

GIVEN = Problem(
    id="p",
    prompt="What is 6 times 7?",
    answer="42",
    meta={"trace": "Six sevens: \\boxed{42}", "wrong": ["Six and seven: \\boxed{13}"]},
)
ADDED = json.dumps({"error": "logical", "explanation": "It adds instead of multiplying."})


@dataclass
class Listed:
    """A memory that has a list of skills, and nothing else."""

    has: tuple[str, ...] = ("sums", "products")
    version: str = "book@3"

    async def skills(self):
        return self.has


def skills(*names: str) -> str:
    return json.dumps({"skills": names})


def made(ran, kind):
    return [one for one in ran.context.lineage.artifacts.values() if isinstance(one, kind)]


def texts(ran, parents):
    return [ran.context.lineage.artifacts[each].text for each in parents]


async def test_a_given_attempt_is_explained_beside_the_given_solution(ask):
    ran = await ask("explain", {"explain": ADDED}, GIVEN)
    (request,) = ran.requests
    assert "Six sevens" in request.messages[-1].content
    assert "Six and seven" in request.messages[-1].content
    (explanation,) = made(ran, Explanation)
    assert (explanation.error, explanation.text) == ("logical", "It adds instead of multiplying.")
    wrong, right = texts(ran, explanation.parents)
    assert (wrong, right) == (GIVEN.meta["wrong"][0], GIVEN.meta["trace"])
    assert ran.outcome.counts == {"explained": 1, "labelled": 0}
    assert ran.outcome.final.answer == "42"


async def test_drafts_of_its_own_are_sorted_by_the_gold_answer(ask):
    drafts = ["\\boxed{13}", "\\boxed{42}", "\\boxed{13}", "\\boxed{1}", "hm", "\\boxed{42}"]
    said = [f"{name}: {draft}" for name, draft in zip("abcdef", drafts, strict=True)]
    problem = GIVEN.model_copy(update={"meta": {}})
    ran = await ask("explain", {"draft": lambda _: said, "explain": ADDED}, problem, n=6)
    pairs = [texts(ran, one.parents) for one in made(ran, Explanation)]
    assert pairs == [[said[0], said[1]], [said[3], said[1]]]


async def test_of_many_wrong_attempts_a_few_are_explained(ask):
    wrong = [f"\\boxed{{{number}}}" for number in range(9)]
    problem = GIVEN.model_copy(update={"meta": {**GIVEN.meta, "wrong": wrong}})
    assert len((await ask("explain", {"explain": ADDED}, problem)).of("explain")) == 3


@pytest.mark.parametrize(
    "problem",
    [
        GIVEN.model_copy(update={"answer": "13", "meta": {"trace": "\\boxed{42}"}}),
        GIVEN.model_copy(update={"meta": {"trace": "\\boxed{42}", "wrong": "\\boxed{42}"}}),
        GIVEN.model_copy(update={"answer": None}),
    ],
)
async def test_without_a_right_solution_and_a_wrong_attempt_nothing_is_asked(ask, problem):
    ran = await ask("explain", {}, problem)
    assert ran.requests == []
    assert ran.outcome.counts == {"explained": 0, "labelled": 0}


async def test_skills_come_from_memorys_list(ask):
    says = {"missing_skills": skills("products"), "question_skills": skills("sums")}
    ran = await ask("explain", says, GIVEN, memory=Listed(), errors=False, skills=True)
    assert [(texts(ran, one.parents), one.names) for one in made(ran, Labels)] == [
        (["Six and seven: \\boxed{13}"], ("products",)),
        ([], ("sums",)),
    ]
    assert all("sums\nproducts" in one.messages[-1].content for one in ran.requests)
    assert ran.outcome.counts == {"explained": 0, "labelled": 2}


async def test_one_failed_label_does_not_lose_the_others(ask):
    says = {"explain": ADDED, "missing_skills": "none", "question_skills": skills("products")}
    ran = await ask("explain", says, GIVEN, memory=Listed(), skills=True)
    assert ran.outcome.counts == {"explained": 1, "labelled": 1}
    assert ran.outcome.failures[0].node == "label"


@pytest.mark.parametrize("memory", [None, Listed(has=())])
async def test_without_a_list_of_skills_the_run_ends_with_what_to_do(ask, memory):
    with pytest.raises(InputError, match="no list of skills to label with"):
        await ask("explain", {"explain": ADDED}, GIVEN, memory=memory, skills=True)
