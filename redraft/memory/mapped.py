"""Arrays in a file that every process maps: they share one copy, in the kernel's page cache.

Such a file is whole or counts as none, whatever happened to it.
"""

import json
import math
import mmap
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

# Mark, checksum of all that follows, length of the list of arrays; then the list, in JSON, and the
# arrays, each padded so that the next one begins at a multiple of 64.
_HEAD = struct.Struct("<8sII")
_CHECKED = 12
_MARK = b"RDARRAY1"
_STEP = 64


def read(path: Path, tag: str) -> Arrays | None:
    """The arrays at `path`, read-only, if the file is whole and was written with this `tag`.

    Every byte is checked: 100 MB take a tenth of a second.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    if len(data) < _HEAD.size:
        return None
    mark, checksum, length = _HEAD.unpack_from(data)
    if mark != _MARK or checksum != zlib.crc32(memoryview(data)[_CHECKED:]):
        return None
    start = _HEAD.size + length
    found = json.loads(data[_HEAD.size : start])
    return _cut(memoryview(data), start, found["arrays"]) if found["tag"] == tag else None


def write(path: Path, tag: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Put `arrays` at `path`, all or nothing. One process at a time may; raises `OSError`."""
    listed = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
    text = json.dumps({"tag": tag, "arrays": listed}).encode()
    text += b" " * (-(_HEAD.size + len(text)) % _STEP)
    parts: list[bytes | memoryview] = [struct.pack("<I", len(text)), text]
    for array in arrays.values():
        flat = np.ascontiguousarray(array).reshape(-1)
        parts += [flat.view(np.uint8).data, bytes(-array.nbytes % _STEP)]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(_MARK + struct.pack("<I", checksum))
        file.writelines(parts)
    fresh.replace(path)


def _cut(data: memoryview, start: int, listed: list[tuple[str, str, list[int]]]) -> Arrays:
    arrays: Arrays = {}
    for name, kind, shape in listed:
        count = math.prod(shape)
        array = np.frombuffer(data, np.dtype(kind), count, start).reshape(shape)
        arrays[name] = array
        start += array.nbytes + -array.nbytes % _STEP
    return arrays
