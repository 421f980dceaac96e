"""Reads the entries of a problem file one by one: JSON lines, a JSON array, CSV and Parquet.

A reader holds one entry at a time, whatever the file's size. An entry that cannot be read comes
out as a `Row` with `trouble`, so that the caller may skip it and go on.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import chain
from typing import Any, cast

from redraft.core import InputError

BOM = b"\xef\xbb\xbf"
PARQUET_BATCH = 256


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: its number in the file, from 1, and its fields or why there are none."""

    number: int
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """How a kind of file is read, and what one entry of it is called."""

    unit: str
    read: Callable[[BufferedReader], Iterator[Row]]


def sniff(name: str, file: BufferedReader) -> Format:
    """The format of `file` by the extension of `name`, then by its first bytes.

    Raises `InputError` without a place.
    """
    head = file.peek(64)
    extension = name.rpartition(".")[2].lower()
    if not head:
        raise InputError("the file is empty")
    if extension in ("parquet", "pq") or head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(BOM):
        file.read(len(BOM))
        head = file.peek(64)
    if extension in ("csv", "tsv"):
        return CSV
    first = head.lstrip()[:1]
    if first == b"[":
        return JSON_ARRAY
    if first == b"{" or extension in ("jsonl", "ndjson", "json") or name == "-":
        return JSON_LINES
    raise InputError("unknown format; use .jsonl, .json, .csv or .parquet")


def _read_json_lines(file: BufferedReader) -> Iterator[Row]:
    for number, line in enumerate(file, 1):
        if line.strip():
            yield _parse_json(number, line)


def _parse_json(number: int, line: bytes) -> Row:
    try:
        return _as_row(number, json.loads(line.decode("utf-8")))
    except UnicodeDecodeError:
        return Row(number, trouble="not UTF-8 text")
    except json.JSONDecodeError as error:
        return Row(number, trouble=f"broken JSON ({error.msg} at column {error.colno})")
    except (ValueError, RecursionError) as error:
        return Row(number, trouble=f"broken JSON ({error})")


def _as_row(number: int, value: object) -> Row:
    if not isinstance(value, dict):
        return Row(number, trouble=f"expected a JSON object, got {type(value).__name__}")
    return Row(number, cast(dict[str, object], value))


def _read_json_array(file: BufferedReader) -> Iterator[Row]:
    import ijson

    number = 0
    items = cast(Iterator[object], ijson.items(file, "item", use_float=True))
    try:
        for number, value in enumerate(items, 1):
            yield _as_row(number, value)
    except ijson.JSONError as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"item {number + 1}: broken JSON ({reason})") from None


def _read_csv(file: BufferedReader) -> Iterator[Row]:
    lines = _decode(file)
    first = next(lines)
    delimiter = max(",;\t", key=first.count)
    table = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    header = [name.strip() for name in next(table)]
    number = 1
    while True:
        number = table.line_num + 1
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, trouble=f"broken CSV ({error})")
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            yield Row(number, trouble=f"{len(cells)} columns, but the header has {len(header)}")
            continue
        yield Row(number, dict(zip(header, cells, strict=True)))


def _decode(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(f"line {number}: not UTF-8 text") from None


def _read_parquet(file: BufferedReader) -> Iterator[Row]:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise InputError("Parquet needs pyarrow: pip install 'redraft[parquet]'") from None
    number = 0
    try:
        batches = cast(Iterator[Any], ParquetFile(file).iter_batches(batch_size=PARQUET_BATCH))
        for batch in batches:
            for value in cast(list[dict[str, object]], batch.to_pylist()):
                number += 1
                yield Row(number, value)
    # Arrow's own errors are these; the last is an encoding or a type that it cannot read.
    except (ValueError, OSError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"row {number + 1}: broken Parquet ({reason})") from None


JSON_LINES = Format("line", _read_json_lines)
JSON_ARRAY = Format("item", _read_json_array)
CSV = Format("line", _read_csv)
PARQUET = Format("row", _read_parquet)
