"""Corpora as files: what is written is read back, and mistakes are named by file and line."""

import json

import pytest

from redraft.core import Example, InputError
from redraft.memory.example_file import holds_examples, read_examples, write_examples

EXAMPLES = [
    Example(key="k1", problem="What is 6 times 7?", solution="So it is\n\\boxed{42}."),
    Example(
        key="k1",
        problem="What is 6 times 7?",
        solution="42 \u2028 «»",
        wrong="13",
        error="logical",
        explanation="It adds.",
        skills=("products", "a, b"),
    ),
]


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "book.jsonl"
    write_examples(EXAMPLES, path)
    assert [one for _, one in read_examples(path)] == EXAMPLES
    assert '"wrong": ""' not in path.read_text()
    write_examples([], path)
    assert read_examples(path) == []


def test_a_corpus_needs_a_problem_and_a_solution(tmp_path):
    path = tmp_path / "corpus.jsonl"
    rows = [
        {"question": "What is 1 + 1?", "solution": "2"},
        {"problem": "what is 1 + 1", "solution": "two"},
        {"problem": "What is 1 + 2?", "solution": "3"},
    ]
    path.write_text("\n\n".join(json.dumps(row) for row in rows))
    (one, first), (three, second), (five, third) = read_examples(path)
    assert (one, three, five) == (1, 3, 5)
    assert first.problem == "What is 1 + 1?"
    assert first.key == second.key != third.key


GIVEN = {"problem": "p", "solution": "s"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"problem": "p"}, "c.jsonl:2: no solution"),
        ({"problem": "p", "solution": ""}, "c.jsonl:2: no solution"),
        ({"solution": "s"}, "c.jsonl:2: no problem"),
        ({"problem": 3, "solution": "s"}, "c.jsonl:2: no problem"),
        ({"problem": "p", "solution": 3}, "c.jsonl:2: solution: Input should be a valid string"),
        ({**GIVEN, "question": "q"}, "two names of one field"),
        ({**GIVEN, "answer": "4"}, "c.jsonl:2: unknown field 'answer' (known: problem, question,"),
        ({**GIVEN, "skills": "sums"}, "c.jsonl:2: skills: "),
        ({**GIVEN, "skills": [1]}, "c.jsonl:2: skills.0: "),
        ({**GIVEN, "error": "logical"}, "give the attempt in the field 'wrong'"),
        ({**GIVEN, "explanation": "x"}, "give the attempt in the field 'wrong'"),
        ({**GIVEN, "wrong": "w", "error": "typo"}, "error 'typo' is none of calculation,"),
        ({**GIVEN, "wrong": "w", "error": ["x"]}, "error ['x'] is none of calculation,"),
        ([1], "c.jsonl:2: give an object with problem, question, solution"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(tmp_path, row, said):
    path = tmp_path / "c.jsonl"
    path.write_text(f"{json.dumps(GIVEN)}\n{json.dumps(row)}\n")
    with pytest.raises(InputError) as told:
        read_examples(path)
    assert said in str(told.value)


def test_other_endings_and_files_that_are_not_there_are_named(tmp_path):
    for name in ("book.md", "book"):
        with pytest.raises(InputError, match=r"give a file that ends in \.jsonl"):
            write_examples([], tmp_path / name)
        with pytest.raises(InputError, match=r"give a file that ends in \.jsonl"):
            read_examples(tmp_path / name)
    with pytest.raises(InputError, match=r"c\.jsonl: cannot be read \(no such file"):
        read_examples(tmp_path / "c.jsonl")


@pytest.mark.parametrize(
    ("name", "text", "examples"),
    [
        ("b.md", "# Behaviors\n", False),
        ("b.jsonl", "", False),
        ("b.jsonl", '{"name": "behavior_a", "instruction": "Add."}', False),
        ("b.jsonl", '{"question": "q", "solution": "s"}', True),
        ("b.jsonl", '{"solution": "s"}\n{"name": "behavior_a"}', True),
    ],
)
def test_a_file_of_examples_is_known_by_its_first_line(tmp_path, name, text, examples):
    (tmp_path / name).write_text(text)
    assert holds_examples(tmp_path / name) == examples
