"""What a snapshot shows of its entries comes back as it was, out of memory or out of a file."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from redraft.core import Behavior
from redraft.memory.cache import FEW
from redraft.memory.entry import Entry, Use
from redraft.memory.lexical import Lexicon, digest_of, open_lexicon
from redraft.memory.shown import open_shown
from redraft.memory.sqlite import SqliteStore

ENTRIES = [
    Entry(name="", instruction="", topic=" "),
    Entry(name="behavior_a", instruction="Añade 三角形 📐.", topic="Geometry"),
    Entry(name="behavior_b", instruction="half \ud800", topic=" geometry"),
    Entry(name="behavior_c", instruction="Add.", topic="Straße", status="active"),
    Entry(name="behavior_d", instruction="Gone.", topic="geometry", status="retired"),
]
MANY = [Entry(name=f"behavior_{n}", instruction=f"Rule n{n}\nof m{n % 7}.") for n in range(FEW)]


class Listed:
    """A store of one version, which counts how often its entries are read."""

    id = "book"

    def __init__(self, entries: Sequence[Entry], cache: Path | None, uses: Sequence[Use] = ()):
        self.kept = list(entries)
        self.cache = cache
        self.used = list(uses)
        self.mark = "book@1"
        self.reads = 0

    async def stamp(self, version: int) -> str:
        return self.mark

    async def entries(self, version: int | None = None) -> list[Entry]:
        self.reads += 1
        return self.kept

    async def uses(self, version: int | None = None) -> list[Use]:
        return self.used


def use(name: str, *, shown: bool, correct: bool) -> Use:
    told = {"run": "r", "problem": "p", "input_tokens": 1, "output_tokens": 1}
    return Use(name=f"behavior_{name}", shown=shown, correct=correct, **told)


@pytest.mark.parametrize("entries", [ENTRIES, MANY, []], ids=["odd", "many", "none"])
async def test_they_come_back_as_they_were(tmp_path: Path, entries: list[Entry]):
    live = [entry for entry in entries if entry.status != "retired"]
    for cache in (None, tmp_path, tmp_path):
        shown = await open_shown(Listed(entries, cache), 1, "x")
        assert len(shown) == len(shown.instructions) == len(live)
        behaviors = [shown.behavior(place) for place in range(len(shown))]
        assert behaviors == [entry.behavior for entry in live]
        assert [shown.name(place) for place in range(len(shown))] == [e.name for e in live]
        assert list(shown.instructions) == [entry.instruction for entry in live]


async def test_a_topic_leads_to_its_entries_whatever_its_case(tmp_path: Path):
    for cache in (None, tmp_path, tmp_path):
        shown = await open_shown(Listed(ENTRIES, cache), 1, "x")
        assert shown.of_topic("GEOMETRY ").tolist() == [1, 2]
        assert shown.of_topic("STRASSE").tolist() == [3]
        assert shown.of_topic("algebra").tolist() == []
        assert shown.of_topic(" ").tolist() == []
    assert (await open_shown(Listed([], None), 1, "x")).of_topic("geometry").tolist() == []


async def test_uses_are_counted_with_their_entry(tmp_path: Path):
    uses = [
        use("c", shown=True, correct=True),
        use("c", shown=False, correct=False),
        use("d", shown=True, correct=True),
        use("a", shown=True, correct=False),
    ]
    for cache in (None, tmp_path, tmp_path):
        shown = await open_shown(Listed(ENTRIES, cache, uses), 1, "x")
        assert shown.counts.tolist() == [[0] * 4, [0, 1, 0, 0], [0] * 4, [1, 0, 0, 1]]


async def test_a_version_that_was_opened_before_is_not_read_again(tmp_path: Path):
    store = Listed(MANY, tmp_path)
    for _ in range(3):
        await open_shown(store, 1, "x")
    assert store.reads == 1
    store.mark, store.kept = "book@2", [*MANY[1:], MANY[0]]
    assert (await open_shown(store, 2, "x")).behavior(0) == Behavior(
        name="behavior_1", instruction="Rule n1\nof m1."
    )


async def test_a_copy_that_was_put_back_and_went_another_way_is_read_anew(tmp_path: Path):
    path, copy = tmp_path / "book.db", tmp_path / "copy.db"
    async with SqliteStore.open(path) as store:
        name = store.id
    shutil.copy(path, copy)
    for way in ("One way.", "Another way."):
        shutil.copy(copy, path)
        async with SqliteStore.open(path) as store:
            assert store.id == name
            await store.write([Entry(name="behavior_a", instruction=way)], read=0)
            assert (await open_shown(store, 1, "x")).behavior(0).instruction == way


async def test_words_are_found_alike_in_memory_and_in_a_file(tmp_path: Path):
    texts = [entry.instruction for entry in MANY]
    there = Lexicon.of(texts)
    for digest in (None, digest_of(texts)):
        kept = await open_lexicon(texts, tmp_path, "x", digest=digest)
        for asked in ("rules", "n5", "m3 n10 n11", "nothing", ""):
            assert kept.search(asked, 20) == there.search(asked, 20)
    assert [path.name for path in tmp_path.glob("x*")] == ["x.words"]
    other = await open_lexicon([*texts, "one more"], tmp_path, "x")
    assert [hit.place for hit in other.search("more", 5)] == [len(texts)]
