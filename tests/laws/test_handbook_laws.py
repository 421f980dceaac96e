"""Whatever is written to a handbook, every version reads as a plain list would have kept it."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.memory.entry import Entry, Provenance, Use
from redraft.memory.sqlite import SqliteStore
from redraft.memory.store import Conflict, Store

NAMES = [f"behavior_{name}" for name in ("a", "b", "B", "ab", "é", "\U0001f600", "\x00", "")]


@dataclass
class Model:
    """Revisions and uses in memory, each with the version at which it arrived."""

    version: int = 0
    revisions: list[Entry] = field(default_factory=list)
    arrivals: list[tuple[int, Use]] = field(default_factory=list)

    def entries(self, version: int) -> list[Entry]:
        last = {each.name: each for each in self.revisions if each.version <= version}
        return [last[name] for name in sorted(last)]

    def history(self, name: str) -> list[Entry]:
        return [each for each in self.revisions if each.name == name]

    def uses(self, version: int) -> list[Use]:
        return [use for arrived, use in self.arrivals if arrived <= version]

    def write(self, entries: list[Entry], read: int) -> int | None:
        """The version after it, or `None` for a conflict."""
        if any(old.version > read for new in entries for old in self.history(new.name)):
            return None
        if entries:
            self.version += 1
            written = [each.model_copy(update={"version": self.version}) for each in entries]
            self.revisions += written
        return self.version

    def add_uses(self, uses: list[Use]) -> int:
        there = {(use.run, use.problem, use.name) for _, use in self.arrivals}
        new: dict[tuple[str, str, str], Use] = {}
        for use in uses:
            key = (use.run, use.problem, use.name)
            if key not in there:
                new.setdefault(key, use)
        self.version += bool(new)
        self.arrivals += [(self.version, use) for use in new.values()]
        return self.version


@dataclass(frozen=True)
class Write:
    """A write that rests on the version `lag` before the newest."""

    entries: list[Entry]
    lag: int


texts = st.text(max_size=4)
few = st.sampled_from(["", "1", "2"])
revisions = st.builds(
    Entry,
    name=st.sampled_from(NAMES),
    instruction=texts,
    topic=texts,
    status=st.sampled_from(["candidate", "active", "quarantined", "retired"]),
    reason=texts,
    provenance=st.lists(st.builds(Provenance, run=texts, model=texts), max_size=2).map(tuple),
)
uses = st.builds(
    Use,
    run=few,
    problem=few,
    name=st.sampled_from(NAMES[:3]),
    input_tokens=st.integers(0, 2**40),
    output_tokens=st.integers(0, 2**40),
)
writes = st.builds(
    Write,
    entries=st.lists(revisions, max_size=4, unique_by=lambda each: each.name),
    lag=st.integers(0, 3),
)
steps = st.lists(st.one_of(writes, st.lists(uses, max_size=4)), max_size=10)


async def take(store: Store, model: Model, step: Write | list[Use]) -> None:
    if isinstance(step, list):
        assert await store.add_uses(step) == model.add_uses(step)
        assert await store.add_uses(step) == model.version
        return
    read = max(0, model.version - step.lag)
    expected = model.write(step.entries, read)
    try:
        assert await store.write(step.entries, read=read) == expected
    except Conflict:
        assert expected is None


async def compare(store: Store, model: Model) -> None:
    assert await store.version() == model.version
    for version in range(model.version + 1):
        assert await store.entries(version) == model.entries(version)
        assert await store.uses(version) == model.uses(version)
    for name in NAMES:
        assert await store.history(name) == model.history(name)


@settings(max_examples=40, deadline=None)
@given(steps=steps)
def test_every_version_reads_as_a_plain_list_would_have_kept_it(steps: list[Write | list[Use]]):
    async def run(path: Path) -> None:
        model = Model()
        async with SqliteStore.open(path) as store:
            for step in steps:
                await take(store, model, step)
            await compare(store, model)
            assert await store.entries() == model.entries(model.version)
            assert await store.uses() == model.uses(model.version)
        async with SqliteStore.open(path, create=False) as store:
            await compare(store, model)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "handbook.sqlite"))
