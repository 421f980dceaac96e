"""Names and instructions come back as they were, out of memory or out of a file."""

from pathlib import Path

import pytest

from redraft.core import Behavior
from redraft.memory.cache import FEW
from redraft.memory.entry import Entry
from redraft.memory.lexical import Lexicon, open_lexicon
from redraft.memory.shown import open_shown

ENTRIES = [
    Entry(name="behavior_a", instruction="Añade 三角形 📐."),
    Entry(name="", instruction=""),
    Entry(name="behavior_b", instruction="half \ud800"),
]
MANY = [Entry(name=f"behavior_{n}", instruction=f"Rule n{n}\nof m{n % 7}.") for n in range(FEW)]


@pytest.mark.parametrize("entries", [ENTRIES, MANY, []], ids=["odd", "many", "none"])
async def test_they_come_back_as_they_were(tmp_path: Path, entries: list[Entry]):
    for cache in (None, tmp_path, tmp_path):
        shown = await open_shown(entries, cache, "x")
        assert len(shown) == len(entries)
        behaviors = [shown.behavior(place) for place in range(len(shown))]
        assert behaviors == [entry.behavior for entry in entries]
        assert [shown.name(place) for place in range(len(shown))] == [e.name for e in entries]


async def test_a_file_of_other_entries_is_not_read(tmp_path: Path):
    await open_shown(MANY, tmp_path, "x")
    shown = await open_shown([*MANY[1:], MANY[0]], tmp_path, "x")
    assert shown.behavior(0) == Behavior(name="behavior_1", instruction="Rule n1\nof m1.")


async def test_words_are_found_alike_in_memory_and_in_a_file(tmp_path: Path):
    texts = [entry.instruction for entry in MANY]
    there = Lexicon.of(texts)
    for _ in range(2):
        kept = await open_lexicon(texts, tmp_path, "x")
        for asked in ("rules", "n5", "m3 n10 n11", "nothing", ""):
            assert kept.search(asked, 20) == there.search(asked, 20)
    assert [path.name for path in tmp_path.glob("x*")] == ["x.words"]
    other = await open_lexicon([*texts, "one more"], tmp_path, "x")
    assert [hit.place for hit in other.search("more", 5)] == [len(texts)]
