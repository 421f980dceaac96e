"""Sixty problems written by hand load, and the checkers accept their answers and no others."""

from pathlib import Path

from redraft.core import Problem
from redraft.jobs import read_problems
from redraft.tools import Checkers, extract_answer

FILE = Path(__file__).with_name("handwritten.jsonl")


def problems() -> list[Problem]:
    return list(read_problems(FILE))


def test_all_sixty_load_with_their_kinds():
    kinds = [problem.kind for problem in problems()]
    assert (kinds.count("math"), kinds.count("choice")) == (45, 15)


def test_an_answer_is_found_in_its_box():
    found = [extract_answer(f"So it is \\boxed{{{p.answer}}}.", p) for p in problems()]
    assert found == [problem.answer for problem in problems()]


async def test_the_checkers_accept_each_answer_and_not_its_neighbours():
    wrong: list[str] = []
    async with Checkers(workers=1) as check:
        loaded = problems()
        for problem, other in zip(loaded, [*loaded[1:], loaded[0]], strict=True):
            gold = problem.answer or ""
            if (await check(problem, gold)).outcome != "passed":
                wrong.append(f"{problem.id}: {gold} is not accepted")
            if (
                other.answer != gold
                and (await check(problem, other.answer or "")).outcome == "passed"
            ):
                wrong.append(f"{problem.id}: {other.answer} is accepted")
    assert not wrong, "\n".join(wrong)
