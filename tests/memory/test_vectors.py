"""A text is embedded once, whoever opens the handbook, and no cache is ever trusted or needed."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from redraft.core import InputError, ModelError
from redraft.memory.cache import users_folder
from redraft.memory.embedding import table
from redraft.memory.vectors import open_vectors

TEXTS = ["alpha", "beta", "gamma", "beta"]


class Lengths:
    """Embeds a text by its letters; it knows what was asked of it."""

    def __init__(self, name: str = "letters", size: int = 8):
        self.name = name
        self.size = size
        self.asked: list[str] = []
        self.fails_at = ""

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        await asyncio.sleep(0)
        if self.fails_at in texts:
            raise ModelError("no answer")
        self.asked += texts
        return [self.vector(text) for text in texts]

    def vector(self, text: str) -> list[float]:
        return [1.0 + text.count(chr(97 + number)) for number in range(self.size)]

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        return table([self.vector(text) for text in texts])


async def test_each_text_is_embedded_once_and_has_its_row(tmp_path: Path):
    embedder = Lengths()
    for _ in range(3):
        vectors = await open_vectors(TEXTS, embedder, tmp_path / "cache", "x")
        assert (vectors.rows == embedder.rows(TEXTS)).all()
    assert embedder.asked == ["alpha", "beta", "gamma"]


async def test_without_a_cache_each_is_embedded_each_time():
    embedder = Lengths()
    for _ in range(2):
        vectors = await open_vectors(TEXTS, embedder, None, "x")
        assert (vectors.rows == embedder.rows(TEXTS)).all()
    assert len(embedder.asked) == 6


async def test_only_what_is_new_is_embedded_and_what_was_there_comes_back(tmp_path: Path):
    embedder = Lengths()
    for texts in (TEXTS, ["delta", "alpha"], ["gamma"], TEXTS, ["delta"]):
        vectors = await open_vectors(texts, embedder, tmp_path, "x")
        assert (vectors.rows == embedder.rows(texts)).all()
        assert vectors.nearest(embedder.rows(texts[:1])[0], 1) == [0]
    assert embedder.asked == ["alpha", "beta", "gamma", "delta"]


async def test_processes_share_one_copy(tmp_path: Path):
    vectors = await open_vectors(TEXTS, Lengths(), tmp_path, "x")
    assert not vectors.rows.flags.writeable
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert str(tmp_path) in maps.read_text()


async def test_embedders_and_kinds_have_files_of_their_own(tmp_path: Path):
    for embedder in (Lengths("one"), Lengths("../two", size=5)):
        for kind in ("x", "y"):
            await open_vectors(TEXTS, embedder, tmp_path, kind)
            vectors = await open_vectors(TEXTS, embedder, tmp_path, kind)
            assert (vectors.rows == embedder.rows(TEXTS)).all()
        assert len(embedder.asked) == 6
    assert len(list(tmp_path.glob("*.vectors"))) == 4


async def test_what_was_embedded_before_an_error_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("redraft.memory.vectors._BATCH", 2)
    embedder = Lengths()
    embedder.fails_at = "gamma"
    with pytest.raises(ModelError, match="no answer"):
        await open_vectors(TEXTS, embedder, tmp_path, "x")
    assert embedder.asked == ["alpha", "beta"]
    embedder.fails_at = ""
    await open_vectors(TEXTS, embedder, tmp_path, "x")
    assert embedder.asked == ["alpha", "beta", "gamma"]


async def test_those_who_open_at_once_wait_for_the_one_who_embeds(tmp_path: Path):
    embedder = Lengths()
    opened = [open_vectors(TEXTS, embedder, tmp_path, "x") for _ in range(4)]
    for vectors in await asyncio.gather(*opened):
        assert (vectors.rows == embedder.rows(TEXTS)).all()
    assert len(embedder.asked) == 3


PROCESS = """
import asyncio, sys
from pathlib import Path
from redraft.memory import HashedWords
from redraft.memory.vectors import open_vectors

class Logged(HashedWords):
    async def __call__(self, texts):
        with open(sys.argv[2], "a") as log:
            log.writelines(f"{text}\\n" for text in texts)
        return await super().__call__(texts)

texts = [f"w{number} v{number}" for number in range(300)]
vectors = asyncio.run(open_vectors(texts, Logged(), Path(sys.argv[1]), "x"))
print(int((vectors.rows.astype("int64") * range(1, 385)).sum()))
"""


def test_processes_that_open_at_once_embed_each_text_once(tmp_path: Path):
    log = tmp_path / "log"
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "cache"), str(log)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    sums = {process.communicate(timeout=100)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(sums) == 1
    assert len(log.read_text().splitlines()) == 300


async def test_a_task_that_waits_for_another_process_can_be_cancelled(tmp_path: Path):
    blocked = asyncio.Event()

    class Stuck(Lengths):
        async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
            blocked.set()
            await asyncio.Event().wait()
            raise AssertionError

    first = asyncio.create_task(open_vectors(TEXTS, Stuck(), tmp_path, "x"))
    await blocked.wait()
    waiting = asyncio.create_task(open_vectors(TEXTS, Lengths(), tmp_path, "x"))
    await asyncio.sleep(0.02)
    for task in (waiting, first):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    vectors = await open_vectors(TEXTS, Lengths(), tmp_path, "x")
    assert len(vectors.rows) == len(TEXTS)


async def test_where_nothing_can_be_written_vectors_are_made_in_memory(tmp_path: Path):
    (tmp_path / "file").write_text("")
    embedder = Lengths()
    vectors = await open_vectors(TEXTS, embedder, tmp_path / "file" / "cache", "x")
    assert (vectors.rows == embedder.rows(TEXTS)).all()


async def test_an_embedder_that_changed_under_its_name_is_told(tmp_path: Path):
    await open_vectors(TEXTS, Lengths(size=8), tmp_path, "x")
    with pytest.raises(InputError, match="vectors of 5 numbers, and made some of 8"):
        await open_vectors([*TEXTS, "delta"], Lengths(size=5), tmp_path, "x")
    vectors = await open_vectors(TEXTS, Lengths(), tmp_path, "x")
    assert (vectors.rows == Lengths().rows(TEXTS)).all()


async def test_no_texts_need_no_embedder(tmp_path: Path):
    embedder = Lengths()
    assert len((await open_vectors([], embedder, tmp_path, "x")).rows) == 0
    assert embedder.asked == []


@pytest.mark.parametrize("handbook", ["one", "../../two", "/three", ""])
def test_the_users_folder_goes_by_a_handbooks_id_and_is_never_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handbook: str
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = users_folder(handbook)
    assert folder.resolve().parent == tmp_path.resolve() / "redraft"
    assert folder == users_folder(handbook) != users_folder(f"{handbook}x")
