"""Reading and grading against the labels that public data sets were published with."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from redraft.core import Problem
from redraft.tools import Checkers, extract_answer

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here"),
]
FORMS = [
    "So it is \\boxed{%s}.",
    "The answer is %s.",
    "x\n#### %s",
    "x\nA: %s",
    "The answer is $%s$ apples.",
    "**Final Answer:** \\(%s\\)",
    "She has $%s.",
]
# A second option has the same text (docs/grading.md): only the letter tells them apart.
TWINS = {117, 124, 126, 193}


def lines(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


async def passes(check: Checkers, problem: Problem, text: str) -> bool:
    answer = extract_answer(text, problem)
    return answer is not None and (await check(problem, answer)).outcome == "passed"


async def test_every_gsm8k_label_is_reproduced() -> None:
    differing: list[tuple[int, str]] = []
    async with Checkers() as check:
        for index, line in enumerate(lines("gsm8k_model_solutions.jsonl")):
            gold = str(line.pop("ground_truth")).rpartition("A: ")[2]
            problem = Problem(id=str(index), prompt=str(line.pop("question")), answer=gold)
            for author, made in line.items():
                assert isinstance(made, dict)
                if await passes(check, problem, made["solution"]) != made["is_correct"]:
                    differing.append((index, author))
    assert differing == []


async def test_math_labels_are_reproduced_but_for_one_damaged_gold_answer() -> None:
    differing: list[tuple[int, int]] = []
    async with Checkers() as check:
        for index, line in enumerate(lines("math_samples_8.jsonl")):
            problem = Problem(id=str(index), prompt="?", answer=str(line["gt"]))
            codes, scores = line["code"], line["score"]
            assert isinstance(codes, list)
            assert isinstance(scores, list)
            for sample, (text, score) in enumerate(zip(codes, scores, strict=True)):
                if await passes(check, problem, text) != score:
                    differing.append((index, sample))
    assert differing == [(3, sample) for sample in range(8)]


def golds() -> Iterator[str]:
    for line in lines("gsm8k_test.jsonl"):
        yield str(line["answer"]).rpartition("####")[2].strip()
    for line in lines("aime24.jsonl"):
        yield str(line["answer"])
    for line in lines("svamp.jsonl"):
        yield str(line["Answer"])


async def test_gold_numbers_pass_however_a_model_writes_them() -> None:
    async with Checkers() as check:
        for gold in golds():
            problem = Problem(id="p", prompt="?", answer=gold)
            missed = [form for form in FORMS if not await passes(check, problem, form % gold)]
            assert (gold, missed) == (gold, [])


async def test_gold_letters_pass_as_letter_and_as_words() -> None:
    twins: set[int] = set()
    async with Checkers() as check:
        for index, line in enumerate(lines("aqua.jsonl")):
            options = line["options"]
            assert isinstance(options, list)
            letter = str(line["correct"])
            words = tuple(option.partition(")")[2].strip() for option in options)
            problem = Problem(id="p", prompt="?", kind="choice", options=words, answer=letter)
            for form in ("The answer is %s.", "\\boxed{\\text{(%s)}}", "%s", "So (%s) is right"):
                assert await passes(check, problem, form % letter)
            said = words[ord(letter) - ord("A")]
            for form in ("Therefore \\boxed{%s}", "The answer is %s"):
                if not await passes(check, problem, form % said):
                    twins.add(index)
    assert twins == TWINS


def test_aqua_rationales_name_the_right_letter() -> None:
    wrong: list[int] = []
    for index, line in enumerate(lines("aqua.jsonl")):
        options = line["options"]
        assert isinstance(options, list)
        words = tuple(option.partition(")")[2].strip() for option in options)
        problem = Problem(id="p", prompt="?", kind="choice", options=words)
        if extract_answer(str(line["rationale"]), problem) not in (line["correct"], None):
            wrong.append(index)
    assert wrong == []
