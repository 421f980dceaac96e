"""The file of records survives being torn at any byte, and says so when it is damaged otherwise."""

import resource
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redraft.core import Failure, Record, Solution, StoreError, Usage
from redraft.jobs.records import RecordFile, heal, read_records, rewrite

TORN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def record(i: int) -> Record:
    return Record(
        id=f"p{i}",
        key=f"k{i}",
        answer="½ \n",
        gold=str(i),
        recipe="single",
        usage={"actor": Usage(input=i)},
        failures=(Failure(kind="model", message="né"),),
        candidates=(None, "x"),
        candidates_correct=(False, True),
        artifacts=(Solution(text="text\n" * i, answer="1"),),
    )


def write(path: Path, records: list[Record]) -> Path:
    with RecordFile(path) as file:
        for one in records:
            file.append(one)
        file.sync()
    return path


def test_what_is_written_is_read(tmp_path: Path):
    records = [record(i) for i in range(5)]
    path = write(tmp_path / "r.jsonl", records[:2])
    write(path, records[2:])
    assert list(read_records(path)) == records
    assert path.read_bytes().count(b"\n") == 5


def test_a_missing_file_has_no_records(tmp_path: Path):
    heal(tmp_path / "none")
    assert list(read_records(tmp_path / "none")) == []


@TORN
@given(cut=st.integers(0, 10_000))
def test_torn_at_any_byte(tmp_path: Path, cut: int):
    path = tmp_path / "r.jsonl"
    path.unlink(missing_ok=True)
    records = [record(i) for i in range(4)]
    whole = write(path, records).read_bytes()
    torn = whole[: cut % (len(whole) + 1)]
    path.write_bytes(torn)
    heal(path)
    left = torn.count(b"\n")
    assert list(read_records(path)) == records[:left]
    write(path, records[left:])
    assert path.read_bytes() == whole


def test_a_torn_line_longer_than_a_block(tmp_path: Path):
    long = record(1).model_copy(update={"answer": "x" * 300_000})
    path = write(tmp_path / "r.jsonl", [record(0), long])
    path.write_bytes(path.read_bytes()[:-5])
    heal(path)
    assert list(read_records(path)) == [record(0)]


@pytest.mark.parametrize("line", [b"{}\n", b"not json\n", b"\0\0\0\n", b'{"id": "x", "key"\n'])
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes):
    path = write(tmp_path / "r.jsonl", [record(0)])
    path.write_bytes(path.read_bytes() + line + path.read_bytes())
    heal(path)
    with pytest.raises(StoreError, match=r"r\.jsonl: line 2: not a record"):
        list(read_records(path))


def test_rewriting_from_the_file_itself(tmp_path: Path):
    path = write(tmp_path / "r.jsonl", [record(i) for i in range(4)])
    rewrite(path, (one for one in read_records(path) if one.id != "p2"))
    assert [one.id for one in read_records(path)] == ["p0", "p1", "p3"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_and_healed(tmp_path: Path):
    path = write(tmp_path / "r.jsonl", [record(0)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with RecordFile(path) as file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, hard))
            with pytest.raises(StoreError, match=r"r\.jsonl: cannot write"):
                file.append(record(1))
            with pytest.raises(StoreError, match="nothing finished is lost"):
                file.append(record(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    heal(path)
    assert list(read_records(path)) == [record(0)]


def test_a_folder_that_cannot_be_written(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot write"):
        RecordFile(tmp_path / "none" / "r.jsonl")
