"""Files of problems: every format, the usual field names, and every way to get them wrong."""

import json
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redraft.core import InputError, Problem
from redraft.jobs import read_problems

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ROWS = [{"question": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(5)]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def one(tmp_path: Path, row: dict[str, object], **options: object) -> Problem:
    path = write(tmp_path / "one.jsonl", lines(row))
    (problem,) = read_problems(path, **options)  # type: ignore[arg-type]
    return problem


def complaint(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        list(read_problems(path, **options))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def as_jsonl(path: Path) -> Path:
    return write(path / "p.jsonl", lines(*ROWS))


def as_jsonl_with_bom_and_blank_lines(path: Path) -> Path:
    return write(path / "p.jsonl", b"\xef\xbb\xbf" + lines(*ROWS).replace("\n", "\r\n\n").encode())


def as_json(path: Path) -> Path:
    return write(path / "p.json", json.dumps(ROWS, indent=2))


def as_array_named_jsonl(path: Path) -> Path:
    return write(path / "p.jsonl", json.dumps(ROWS))


def as_lines_named_json(path: Path) -> Path:
    return write(path / "p.json", lines(*ROWS))


def as_csv(path: Path) -> Path:
    body = "".join(f"{row['question']},{row['answer']}\n" for row in ROWS)
    return write(path / "p.csv", "question,answer\n" + body)


def as_semicolons(path: Path) -> Path:
    return write(as_csv(path), as_csv(path).read_text().replace(",", ";"))


def as_parquet(path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(ROWS), path / "p.parquet", row_group_size=2)
    return path / "p.parquet"


def without_extension(path: Path) -> Path:
    return as_jsonl(path).rename(path / "problems")


@pytest.mark.parametrize(
    "make",
    [
        as_jsonl,
        as_jsonl_with_bom_and_blank_lines,
        as_json,
        as_array_named_jsonl,
        as_lines_named_json,
        as_csv,
        as_semicolons,
        as_parquet,
        without_extension,
    ],
)
def test_every_format_gives_the_same_problems(tmp_path: Path, make):
    found = list(read_problems(make(tmp_path)))
    assert [(p.prompt, p.answer, p.kind) for p in found] == [
        (row["question"], row["answer"], "math") for row in ROWS
    ]
    assert len({p.id for p in found}) == len(ROWS)


def test_a_cell_of_csv_may_hold_line_breaks(tmp_path: Path):
    path = write(tmp_path / "p.csv", 'id,question\na,"one\ntwo"\nb,three\n')
    assert [(p.id, p.prompt) for p in read_problems(path)] == [("a", "one\ntwo"), ("b", "three")]


@pytest.mark.parametrize(
    ("row", "prompt", "answer"),
    [
        ({"question": "q", "answer": "so 16 - 7 = 9\n#### 1,234"}, "q", "1,234"),
        ({"problem": "q", "solution": r"thus \boxed{\frac{1}{2}}."}, "q", r"\frac{1}{2}"),
        ({"problem": "q", "solution": r"\boxed{3}", "answer": "3.0"}, "q", "3.0"),
        (
            {"Body": "Ten birds", "Question": "How many?", "Answer": 145.0},
            "Ten birds. How many?",
            "145",
        ),
        ({"Body": "Ten. ", "Question": "How many?", "Answer": 0.5}, "Ten. How many?", "0.5"),
        ({"prompt": "q", "gold": 7}, "q", "7"),
        ({"input": "q", "target": ["x"]}, "q", "x"),
        ({"input": "q", "target": None}, "q", None),
        ({"input": "q"}, "q", None),
        ({"question": "q", "answer": None, "solution": "#### 5"}, "q", "5"),
    ],
)
def test_usual_names(tmp_path: Path, row, prompt, answer):
    problem = one(tmp_path, row)
    assert (problem.prompt, problem.answer) == (prompt, answer)


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"options": ["A)5", "B)6", "C)7"], "correct": "B"}, "B"),
        ({"options": ["(A) 5", "(B) 6", "(C) 7"], "answer": "(c)"}, "C"),
        ({"choices": ["5", "6", "7"], "answer": 0}, "A"),
        ({"choices": ["5", "6", "7"], "answer": "7"}, "C"),
        ({"choices": ["5", "6", "7"], "answer": "1"}, "B"),
        ({"choices": {"text": ["5", "6", "7"], "label": ["A", "B", "C"]}, "answerKey": "A"}, "A"),
        ({"options": {"A": "5", "B": "6", "C": "7"}, "answer": "B"}, "B"),
        ({"options": '["5", "6", "7"]', "answer": "B"}, "B"),
        ({"A": "5", "B": "6", "C": "7", "answer": "B"}, "B"),
        ({"options": [5, 6, 7]}, None),
    ],
)
def test_multiple_choice(tmp_path: Path, row, answer):
    problem = one(tmp_path, {"question": "q", **row})
    assert problem.kind == "choice"
    assert problem.options == ("5", "6", "7")
    assert problem.answer == answer


def test_options_that_only_look_lettered_are_kept(tmp_path: Path):
    problem = one(tmp_path, {"question": "q", "options": ["A) x", "B) y", "D) z"]})
    assert problem.options == ("A) x", "B) y", "D) z")


def test_named_fields_win(tmp_path: Path):
    row = {
        "question": "no",
        "q": "yes",
        "a": "1",
        "answer": "2",
        "x": "id7",
        "id": "id8",
        "o": ["1"],
    }
    named = {"question": "q", "answer": "a", "id": "x", "options": "o"}
    problem = one(tmp_path, row, fields=named)
    assert (problem.prompt, problem.answer, problem.id) == ("yes", "A", "id7")
    assert problem.meta == {"question": "no", "answer": "2", "id": "id8"}


def test_a_kind_can_be_forced(tmp_path: Path):
    problem = one(tmp_path, {"question": "q", "answer": "a\nb #### c"}, kind="text")
    assert (problem.kind, problem.answer) == ("text", "a\nb #### c")


def test_openai_batch(tmp_path: Path):
    row = {
        "custom_id": "r1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "m",
            "messages": [
                {"role": "system", "content": "Answer in French."},
                {"role": "user", "content": [{"type": "text", "text": "1 + 1?"}]},
            ],
        },
    }
    problem = one(tmp_path, row)
    assert (problem.id, problem.prompt, problem.answer) == (
        "r1",
        "Answer in French.\n\n1 + 1?",
        None,
    )


def test_openai_batch_marks_who_spoke(tmp_path: Path):
    said = [("user", "1 + 1?"), ("assistant", "3"), ("user", "Sure?")]
    body = {"messages": [{"role": role, "content": text} for role, text in said]}
    problem = one(tmp_path, {"custom_id": "r", "body": body})
    assert problem.prompt == "User: 1 + 1?\n\nAssistant: 3\n\nUser: Sure?"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "body.messages"),
        ({"messages": []}, "body.messages"),
        ({"messages": ["hello"]}, "body.messages.0"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "body.messages.0.role"),
        ({"messages": [{"role": "user", "content": ""}]}, "body.messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "only parts"),
        ({"messages": [{"role": "user", "content": ["text"]}]}, "only parts"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "must be the user's"),
    ],
)
def test_a_broken_batch_request(tmp_path: Path, body, words):
    path = write(tmp_path / "p.jsonl", lines({"custom_id": "r", "body": body}))
    assert words in complaint(path)


def test_ids_fall_back_to_line_numbers(tmp_path: Path):
    path = write(
        tmp_path / "p.jsonl", lines({"prompt": "a"}) + "\n" + lines({"prompt": "b", "id": 9})
    )
    assert [p.id for p in read_problems(path)] == ["1", "9"]


def test_a_repeated_id_names_both_lines(tmp_path: Path):
    path = write(tmp_path / "p.jsonl", lines(*({"id": i, "prompt": "p"} for i in (7, 8, 7))))
    message = complaint(path)
    assert "line 3" in message
    assert "line 1" in message
    stream = read_problems(path, on_error="skip")
    assert [p.id for p in stream] == ["7", "8"]
    assert stream.skipped.count == 1


BAD_LINES = {
    "{broken": "broken JSON",
    "[1]": "expected a JSON object, got list",
    '{"foo": 1, "bar": 2}': "no field for the question (fields: foo, bar)",
    "{}": "(fields: none)",
    '{"question": " "}': "'question' is empty",
    '{"question": 5}': "'question' is int",
    '{"question": "q", "options": []}': "holds no options",
    '{"question": "q", "options": 5}': "expected a list of options",
    '{"question": "q", "options": ["a", ""]}': "none empty",
    '{"question": "q", "options": ["x", "y"], "answer": "Z"}': "none of the 2 options",
    '{"question": "q", "options": ["x", "y"], "answer": 2}': "answer 2 is no place",
    '{"question": "q", "answer": {"a": 1}}': "'answer' is dict",
    '{"question": "q", "id": [1]}': "'id' is list",
    '{"question": "\\ud800"}': "surrogate",
    b'{"question": "caf\xe9"}': "not UTF-8",
    '{"n": ' + "9" * 5000 + "}": "broken JSON",
    "[" * 100_000: "broken JSON",
}


@pytest.mark.parametrize(("bad", "words"), BAD_LINES.items())
def test_a_bad_line_stops_or_is_skipped(tmp_path: Path, bad: str | bytes, words: str):
    broken = bad.encode() if isinstance(bad, str) else bad
    good = lines(*ROWS).encode().splitlines(keepends=True)
    path = write(tmp_path / "p.jsonl", b"".join([*good[:3], broken + b"\n", *good[3:]]))
    message = complaint(path)
    assert message.startswith(f"{path}: line 4: ")
    assert words in message
    stream = read_problems(path, on_error="skip")
    assert len(list(stream)) == len(ROWS)
    assert stream.skipped.count == 1
    assert stream.skipped.first == [message]


def test_only_the_first_skipped_lines_are_listed(tmp_path: Path):
    path = write(tmp_path / "p.jsonl", lines(*ROWS) + "{\n" * 100)
    stream = read_problems(path, on_error="skip")
    assert len(list(stream)) == len(ROWS)
    assert stream.skipped.count == 100
    assert len(stream.skipped.first) == 5


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.jsonl", b"", "the file is empty"),
        ("p.jsonl", b"\n\n", "no problem in it"),
        ("p.json", b"[]", "no problem in it"),
        ("p.csv", b"question,answer\n", "no problem in it"),
        ("p.csv", b"1,2\n3,4\n", "no field for the question (fields: 1, 2)"),
        ("p.csv", b"question,answer\na,b,c\n", "line 2: 3 columns, but the header has 2"),
        ("p.csv", b'question\n"open', "line 2: broken CSV"),
        ("p.csv", b"question\ncaf\xe9\n", "line 2: not UTF-8"),
        ("p.csv", "question\nq\n".encode("utf-16"), "line 1: not UTF-8"),
        ("p.json", b'[{"question": "a"}, {"question" 5}]', "item 2: broken JSON"),
        ("p.json", b'[{"question": "a"}, ', "item 2: broken JSON"),
        ("p.json", b'[{"question": "a"}, 5]', "item 2: expected a JSON object, got int"),
        ("p.json", b'{\n  "question": "a"\n}', "line 1: broken JSON"),
        ("p.parquet", b"PAR1 and no more", "broken Parquet"),
        ("p.txt", b"What is 1 + 1?", "unknown format"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, words: str):
    path = write(tmp_path / name, content)
    message = complaint(path)
    assert message.startswith(f"{path}: ")
    assert words in message


def test_a_missing_file_and_a_folder(tmp_path: Path):
    assert "no such file" in complaint(tmp_path / "nowhere.jsonl")
    assert "is a folder" in complaint(tmp_path)


def test_a_file_with_bad_lines_only(tmp_path: Path):
    path = write(tmp_path / "p.jsonl", lines({"foo": 1}, {"foo": 2}))
    assert "no problem in it; the first entry: " in complaint(path, on_error="skip")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"qestion": "q"}, "did you mean 'question'?"),
        ({"zzz": "q"}, "known: question, answer, options, id"),
        ({"answer": "gold"}, "no field 'gold' for the answer (fields: question, answer)"),
    ],
)
def test_wrong_field_names(tmp_path: Path, fields, words):
    assert words in complaint(as_jsonl(tmp_path), fields=fields)


def test_a_stream_reads_no_further_than_it_must(tmp_path: Path):
    path = write(tmp_path / "p.jsonl", lines(*ROWS) + "{broken")
    assert len(list(read_problems(path, limit=3))) == 3


@pytest.mark.parametrize("name", ["p.jsonl", "p.json", "p.csv"])
def test_a_large_file_is_not_held_in_memory(tmp_path: Path, name: str):
    path, count = tmp_path / name, 4000
    rows = [{"question": f"{i} {'x' * 1000}", "answer": "1"} for i in range(count)]
    match path.suffix:
        case ".jsonl":
            write(path, lines(*rows))
        case ".json":
            write(path, json.dumps(rows))
        case _:
            write(path, "question,answer\n" + "".join(f"{r['question']},1\n" for r in rows))
    del rows
    tracemalloc.start()
    assert sum(1 for _ in read_problems(path)) == count
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 4


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="no public data beside the checkout")
@pytest.mark.parametrize(
    ("name", "count", "first", "kind"),
    [
        ("gsm8k_test", 1319, "18", "math"),
        ("aime24", 30, "204", "math"),
        ("svamp", 1000, "145", "math"),
        ("aqua", 254, "A", "choice"),
        ("gsm8k_model_solutions", 660, "18", "math"),
        ("math_samples_8", 50, "420", "math"),
    ],
)
def test_public_sets_load_as_they_are(name: str, count: int, first: str, kind: str):
    found = list(read_problems(DATA / f"{name}.jsonl"))
    assert len(found) == count
    assert found[0].answer == first
    assert all(p.answer and "\n" not in p.answer and p.kind == kind for p in found)
    assert all(len(p.options) == 5 for p in found if kind == "choice")
