"""Critic and verifier against the exact checker."""

import json

import pytest
from recipes_on_abacus.judging import judge_critic, judge_verifier
from recipes_on_abacus.probe import verified

from redraft import solve
from redraft.testing import Scripted


def first_wrong_step(steps, text):
    """The first line that differs from the canonical ones."""
    given = [line.partition(". ")[2] for line in text.splitlines()[:-1]]
    return next((i for i, step in enumerate(steps, 1) if given[i - 1] != step), None)


def drafted(number, wrong_at):
    first = number + 2 + (wrong_at == 1)
    last = first + 1 + (wrong_at == 2)
    return f"1. {number} + 2 = {first}\n2. {first} + 1 = {last}\n\\boxed{{{last}}}"


def said(wrong_at):
    steps = ["Correct"] * (wrong_at - 1) + ["Wrong"] if wrong_at else ["Correct"] * 2
    lines = [f"Correctness of the step: {word}" for word in steps]
    return "\n".join(
        [*lines, f"Correctness of the final answer: {'Wrong' if wrong_at else 'Correct'}"]
    )


# (first wrong step, what the critic says; None: nothing that can be read)
CASES = [(0, 0), (0, 0), (0, 2), (1, 1), (2, 2), (2, 1), (2, 0), (1, None)]


async def critic(toy_problem):
    problems = [toy_problem(number) for number in range(len(CASES))]

    def say(request):
        number = next(i for i, p in enumerate(problems) if p.key == request.origin.problem)
        wrong_at, call = CASES[number]
        if request.origin.agent == "critic":
            return "Hm." if call is None else said(call)
        return drafted(number, wrong_at)

    knobs = {"gate": "always"}
    results = await solve(problems, models=Scripted(say), recipe="critique", knobs=knobs)
    return judge_critic(results, {problem.key: problem for problem in problems}, first_wrong_step)


async def test_the_critic_is_counted_by_what_is_so_and_what_it_said(toy_problem):
    judged = await critic(toy_problem)
    assert judged.columns[-1] == "no critique"
    assert judged.rows == {
        "right answer, all steps right": (2, 0, 1, 0),
        "right answer, a step off": (0, 0, 0, 0),
        "wrong answer": (1, 2, 1, 1),
    }


async def test_precision_and_recall_of_each_claim(toy_problem):
    a_step, this_step, answer = (await critic(toy_problem)).scores
    assert (a_step.said, a_step.true, a_step.hit) == (4, 5, 3)
    assert (this_step.said, this_step.true, this_step.hit) == (4, 5, 2)
    assert (answer.said, answer.true, answer.hit) == (4, 5, 3)
    assert (a_step.precision, this_step.recall) == (0.75, 0.4)


async def test_a_right_answer_by_wrong_steps_is_a_case_of_its_own(toy_problem):
    problem = toy_problem(5)

    def say(request):
        if request.origin.agent == "critic":
            return said(1)
        return "1. 5 + 1 = 6\n2. 6 + 2 = 8\n\\boxed{8}"

    results = await solve([problem], models=Scripted(say), recipe="critique")
    judged = judge_critic(results, {problem.key: problem}, first_wrong_step)
    assert judged.rows["right answer, a step off"] == (0, 1, 0, 0)
    assert judged.scores[2].precision == 0.0


async def test_the_verifier_is_asked_about_every_first_draft(toy_problem):
    said_of = {0: "passed", 1: "failed", 2: "passed", 3: "failed", 4: None}
    right = {0, 1}

    def say(request):
        number = next(n for n in said_of if toy_problem(n).key == request.origin.problem)
        if request.origin.agent == "verifier":
            verdict = said_of[number]
            return "?" if verdict is None else json.dumps({"correct": verdict == "passed"})
        return drafted(number, 0 if number in right else 1)

    problems = [toy_problem(number) for number in said_of]
    results = await solve(problems, models=Scripted(say), recipe=verified)
    judged = judge_verifier(results)
    assert judged.rows == {"right answer": (1, 1, 0), "wrong answer": (1, 1, 1)}
    (score,) = judged.scores
    assert (score.precision, score.recall) == (pytest.approx(1 / 2), pytest.approx(1 / 3))
    assert results.summary.correct == 2
