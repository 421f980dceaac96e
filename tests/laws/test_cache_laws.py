"""A file of arrays that was torn or damaged, anywhere and in any way, counts as none."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.memory.embedding import HashedWords
from redraft.memory.mapped import read, write
from redraft.memory.vectors import open_vectors

ARRAYS = {
    "codes": np.arange(40, dtype=np.uint64).reshape(8, 5),
    "rows": np.arange(-7, 8, dtype=np.int16).reshape(5, 3),
    "none": np.zeros((0, 4), np.float32),
}
TEXTS = ["Add the parts.", "Draw the height.", "Reduce the exponents."]


def written(path: Path) -> bytes:
    write(path, "tag", ARRAYS)
    return path.read_bytes()


def whole(path: Path) -> bool:
    found = read(path, "tag")
    return found is not None and all(
        found[name].dtype == array.dtype and np.array_equal(found[name], array)
        for name, array in ARRAYS.items()
    )


def test_what_was_written_is_read_and_nothing_under_another_tag(tmp_path: Path):
    written(tmp_path / "x")
    assert whole(tmp_path / "x")
    assert read(tmp_path / "x", "another") is None
    assert read(tmp_path / "y", "tag") is None
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_torn_at_any_byte_it_is_none(tmp_path: Path):
    path = tmp_path / "x"
    data = written(path)
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert read(path, "tag") is None


def test_with_any_byte_changed_it_is_none(tmp_path: Path):
    path = tmp_path / "x"
    data = written(path)
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        assert read(path, "tag") is None


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_other_file_is_none(data: bytes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(data)
        assert read(path, "tag") is None


class Counted(HashedWords):
    """Counts what it embeds."""

    def __init__(self):
        self.count = 0

    async def __call__(self, texts: Sequence[str]):
        self.count += len(texts)
        return await super().__call__(texts)


@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), tear=st.booleans())
def test_a_damaged_cache_is_made_again(share: float, tear: bool):
    async def run(folder: Path) -> None:
        embedder = Counted()
        before = await open_vectors(TEXTS, embedder, folder, "x")
        [path] = folder.glob("*.vectors")
        data = bytearray(path.read_bytes())
        place = int(share * len(data))
        data[place] ^= 0xFF
        # In place, the mapped pages would change too.
        path.unlink()
        path.write_bytes(data[:place] if tear else data)
        for _ in range(2):
            after = await open_vectors(TEXTS, embedder, folder, "x")
            assert np.array_equal(after.rows, before.rows)
            assert np.array_equal(after.codes, before.codes)
        assert embedder.count == 2 * len(TEXTS)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
