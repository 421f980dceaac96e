"""What a run teaches: solved problems and mistakes, by the gold answer alone."""

import json
from pathlib import Path

import pytest

import redraft
from redraft.core import Explanation, Labels, Problem, Record, Solution
from redraft.jobs import RunFolder, examples_in, examples_of, read_problems, write_attempts
from redraft.testing import Scripted

PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")
RIGHT = {"42": True, "6 * 7": True, None: False}


def solution(name: str, answer: str | None, **fields) -> Solution:
    return Solution(id=name, text=f"{name}: {answer}", answer=answer, **fields)


def record(*artifacts, final: str | None = None, gold: str | None = "42") -> Record:
    drafts = [one for one in artifacts if isinstance(one, Solution)]
    accepted = next((one.answer for one in drafts if one.id == final), None)

    def grade(answer: str | None) -> bool | None:
        return RIGHT.get(answer, False) if gold else None

    return Record(
        id="p",
        key=PROBLEM.key,
        answer=accepted,
        gold=gold,
        correct=grade(accepted),
        recipe="vote",
        candidates=tuple(one.answer for one in drafts),
        candidates_correct=tuple(grade(one.answer) for one in drafts) if gold else (),
        final=final,
        artifacts=artifacts,
    )


def taught(made: Record, *known: str) -> list[tuple[str, str]]:
    return [(one.solution, one.wrong) for one in examples_of(made, PROBLEM, known)]


def test_the_accepted_solution_is_kept_with_one_mistake_for_each_wrong_answer():
    drafts = [
        solution(name, answer) for name, answer in zip("abcd", ["13", "42", "13", "1"], strict=True)
    ]
    assert taught(record(*drafts, solution("e", "6 * 7"), final="e")) == [
        ("e: 6 * 7", ""),
        ("e: 6 * 7", "a: 13"),
        ("e: 6 * 7", "d: 1"),
    ]


def test_where_the_accepted_one_is_wrong_the_first_right_one_stands_in():
    drafts = [solution("a", "13"), solution("b", "42"), solution("c", "6 * 7")]
    assert taught(record(*drafts, final="a")) == [("b: 42", ""), ("b: 42", "a: 13")]


@pytest.mark.parametrize(
    "made",
    [
        record(solution("a", "13"), final="a"),
        record(solution("a", "42"), final="a", gold=None),
        record(solution("a", "42", truncated=True), final="a"),
        record(),
    ],
)
def test_without_a_checked_right_solution_nothing_is_taught(made):
    assert taught(made) == []


def test_an_attempt_without_an_answer_or_an_end_is_no_mistake():
    drafts = [solution("a", "42"), solution("b", None), solution("c", "13", truncated=True)]
    assert taught(record(*drafts, final="a")) == [("a: 42", "")]


def test_of_many_mistakes_three_are_kept():
    drafts = [solution(f"d{number}", str(number)) for number in range(9)]
    made = record(solution("a", "42"), *drafts, final="a")
    assert [wrong for _, wrong in taught(made)[1:]] == ["d0: 0", "d1: 1", "d2: 2"]


def test_what_was_explained_and_labelled_comes_along():
    made = record(
        solution("a", "42"),
        *(solution(f"d{number}", str(number)) for number in range(9)),
        Explanation(id="x", parents=("d7", "a"), agent="explain", error="logical", text="It adds."),
        Labels(id="y", parents=("d7",), agent="missing_skills", names=("PRODUCTS", "magic")),
        Labels(id="z", parents=(), agent="question_skills", names=("sums", "products")),
        final="a",
    )
    solved, first, *_ = examples_of(made, PROBLEM, ["products", "sums"])
    assert solved.skills == ("sums", "products")
    assert (first.wrong, first.error, first.explanation) == ("d7: 7", "logical", "It adds.")
    assert first.skills == ("products",)
    assert not any(one.skills for one in examples_of(made, PROBLEM))


async def test_a_run_is_taught_from_and_written_out_for_explaining(tmp_path: Path):
    rows = [{"question": f"What is {n} + 0?", "answer": str(n)} for n in (4, 5, 6)]
    problems = tmp_path / "problems.jsonl"
    problems.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    said = ["\\boxed{4}", "\\boxed{5}", "\\boxed{4}"]
    model = Scripted(lambda _: said)
    run = RunFolder(tmp_path / "run")
    await redraft.solve(problems, recipe="vote", knobs={"n": 3}, models=model, out=run.path)
    found = list(examples_in(run))
    assert [(one.problem, one.solution, one.wrong) for one in found] == [
        ("What is 4 + 0?", "\\boxed{4}", ""),
        ("What is 4 + 0?", "\\boxed{4}", "\\boxed{5}"),
        ("What is 5 + 0?", "\\boxed{5}", ""),
        ("What is 5 + 0?", "\\boxed{5}", "\\boxed{4}"),
    ]
    assert write_attempts(run, tmp_path / "attempts.jsonl", solved=False) == 2
    written = list(read_problems(tmp_path / "attempts.jsonl"))
    assert [one.key for one in written] == [one.key for one in found if not one.wrong]
    assert written[0].meta["trace"] == "\\boxed{4}"
    assert written[0].meta["wrong"] == ["\\boxed{5}"]
