"""Vectors that were kept come back as they were, whatever the embedder says by then."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from redraft.core import ModelError, StoreError
from redraft.models.kept_vectors import KeptVectors


class Drifting:
    """An embedder that never says the same again."""

    def __init__(self, name: str = "drifting") -> None:
        self.name = name
        self.asked: list[list[str]] = []

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.asked.append([*texts])
        await asyncio.sleep(0)
        return [[len(self.asked) + 0.1, float(len(text))] for text in texts]


def plain(vectors: Sequence[Sequence[float]]) -> list[list[float]]:
    return [list(vector) for vector in vectors]


async def test_a_text_is_embedded_once_also_after_a_restart(tmp_path: Path):
    inner = Drifting()
    with KeptVectors(inner, tmp_path / "vectors.sqlite") as embedder:
        assert embedder.name == "drifting"
        first = plain(await embedder(["a", "bb", "a"]))
        assert first[0] == first[2] == [pytest.approx(1.1), 1.0]
        assert plain(await embedder(["bb"])) == first[1:2]
    with KeptVectors(inner, tmp_path / "vectors.sqlite") as embedder:
        assert plain(await embedder(["ccc", "a", "bb"]))[1:] == first[:2]
    assert inner.asked == [["a", "bb"], ["ccc"]]


async def test_two_calls_at_once_agree(tmp_path: Path):
    with KeptVectors(Drifting(), tmp_path / "vectors.sqlite") as embedder:
        calls = await asyncio.gather(*(embedder(["a"]) for _ in range(8)))
        assert len({tuple(one[0]) for one in calls}) == 1
        assert plain(await embedder(["a"])) == plain(calls[0])


async def test_another_embedder_has_vectors_of_its_own(tmp_path: Path):
    with KeptVectors(Drifting("one"), tmp_path / "vectors.sqlite") as one:
        await one(["a"])
    other = Drifting("other")
    with KeptVectors(other, tmp_path / "vectors.sqlite") as embedder:
        await embedder(["a"])
    assert other.asked == [["a"]]


async def test_a_file_is_made_with_the_first_vector_and_nothing_is_kept_of_a_failure(
    tmp_path: Path,
):
    path = tmp_path / "vectors.sqlite"

    class Failing(Drifting):
        async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            if not self.asked:
                self.asked.append([])
                raise ModelError("down")
            return await super().__call__(texts)

    with KeptVectors(Failing(), path) as embedder:
        assert not path.exists()
        with pytest.raises(ModelError, match="down"):
            await embedder(["a"])
        assert len(await embedder(["a"])) == 1


async def test_a_file_that_is_none_is_named(tmp_path: Path):
    path = tmp_path / "vectors.sqlite"
    path.write_bytes(b"no database at all, but long enough to be looked at as one. " * 20)
    with (
        KeptVectors(Drifting(), path) as embedder,
        pytest.raises(StoreError, match=r"vectors\.sqlite: cannot be read .* remove it"),
    ):
        await embedder(["a"])
