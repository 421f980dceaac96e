"""Handbooks as files: what is written is read back, and mistakes are named by file and line."""

import pytest

from redraft.core import InputError
from redraft.memory.entry import Entry
from redraft.memory.exchange import read_file, write_file

ENTRIES = [
    Entry(name="behavior_check", instruction="Estimate first: is 3 x 9 near 30?", status="active"),
    Entry(name="behavior_count", instruction="Count in “groups”.", topic="counting"),
]


@pytest.mark.parametrize("name", ["book.md", "book.jsonl"])
def test_what_is_written_is_read_back(tmp_path, name):
    write_file(ENTRIES, tmp_path / name)
    assert read_file(tmp_path / name) == ENTRIES


@pytest.mark.parametrize("name", ["book.md", "book.jsonl"])
def test_an_empty_handbook_is_an_empty_file(tmp_path, name):
    write_file([], tmp_path / name)
    assert read_file(tmp_path / name) == []


def test_instructions_may_be_wrapped_by_hand(tmp_path):
    path = tmp_path / "book.md"
    path.write_text(
        "# Behaviors\n\n## behavior_check\n- topic: sums\n\nEstimate first,\nthen add.\n"
    )
    assert read_file(path) == [
        Entry(name="behavior_check", instruction="Estimate first, then add.", topic="sums")
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("book.txt", "", "give a file that ends in .md or .jsonl"),
        ("book.jsonl", "{", "book.jsonl:1: not JSON"),
        ("book.jsonl", "[1]", "book.jsonl:1: give an object with name, instruction"),
        ("book.jsonl", '\n{"name": "b", "text": "x"}', "book.jsonl:2: unknown field 'text'"),
        ("book.jsonl", '{"name": "b"}', "book.jsonl:1: no instruction"),
        ("book.jsonl", '{"instruction": "x"}', "book.jsonl:1: name: Field required"),
        ("book.jsonl", '{"name": 3, "instruction": "x"}', "book.jsonl:1: name: Input should be"),
        (
            "book.jsonl",
            '{"name": "b", "instruction": "x", "status": "new"}',
            "book.jsonl:1: status 'new' is none of candidate, active",
        ),
        ("book.md", "Hello.\n", "book.md:1: text before the first '## behavior_name'"),
        ("book.md", "## behavior_a\n\n## behavior_b\n\nDo.\n", "book.md:1: no instruction"),
        (
            "book.md",
            "## behavior_a\n\nDo.\n\n## behavior_a\n\nDo.\n",
            "book.md:5: behavior_a stands here twice",
        ),
    ],
)
def test_a_mistake_is_named_by_file_and_line(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as told:
        read_file(tmp_path / name)
    assert said in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"book\.md: cannot be read \(no such file"):
        read_file(tmp_path / "book.md")
    with pytest.raises(InputError, match=r"book\.md: cannot be written \(no such file"):
        write_file([], tmp_path / "no" / "book.md")
