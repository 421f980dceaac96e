"""A run replayed from its journal, with the versions of the handbook that it recorded, asks nothing
new: the same requests come again, whatever became of the handbook since."""

import asyncio
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.core import Behavior, Record, Request
from redraft.jobs import Results, RunFolder, Settings, solve
from redraft.memory import Candidate, SqliteStore, propose, refusal, set_status
from redraft.testing import Scripted

WORDS = (
    "Put the addends together in one step.",
    "Look whether the sum is larger than either part.",
    "Begin with the greater of both and count onwards.",
    "Add from the right side and mind what is carried over.",
    "Round one of them up and take the rest away again.",
    "Split a part so that the first one comes to a full ten.",
)
BEHAVIORS = [
    Behavior(name=f"behavior_{word.split()[0].lower()}", instruction=word) for word in WORDS
]
PROBLEMS = [
    {"id": f"p{i}", "question": f"What is {i} plus {i + 3}?", "answer": str(2 * i + 3)}
    for i in range(7)
]


def say(request: Request) -> str:
    """One sum in four comes out wrong, by the request's seed; a lesson is one of the last words."""
    text, seed = request.messages[-1].content, request.sampling.seed or 0
    first = int(re.findall(r"What is (\d+) plus", text)[-1])
    if "Write down the behaviors" in text:
        taught = BEHAVIORS[2 + (first + seed) % 4]
        return f"{taught.name}: {taught.instruction}"
    cited = re.findall(r"^(behavior_\w+):", text, re.M)[:2]
    return f"{' '.join(cited)} \\boxed{{{2 * first + 3 + (seed % 4 == 3)}}}"


class Silent:
    """A model that must not be asked."""

    name = "scripted"

    async def __call__(self, request: Request) -> Any:
        raise AssertionError(f"asked: {request.origin.agent}: {request.messages[-1].content}")

    async def count(self, request: Request) -> int:
        return await Scripted([]).count(request)


def records_of(results: Results) -> dict[str, Record]:
    return {one.id: one.model_copy(update={"seconds": 0.0}) for one in results}


knobs = st.fixed_dictionaries(
    {
        "n": st.integers(1, 2),
        "most": st.integers(1, 4),
        "by": st.sampled_from(["worth", "lexical", "embedding", "hybrid"]),
        "hold": st.sampled_from([0.0, 0.3]),
        "plain": st.sampled_from([0, 2]),
    }
)
runs = st.builds(
    Settings,
    learn=st.sampled_from(["off", "waves", "online"]),
    wave=st.integers(1, 4),
    seed=st.integers(0, 2**31),
    concurrency=st.integers(1, 8),
)


@settings(max_examples=12, deadline=None)
@given(knobs=knobs, run=runs, there=st.sets(st.sampled_from(BEHAVIORS), max_size=4))
def test_a_replay_asks_nothing_new(knobs: dict[str, object], run: Settings, there: set[Behavior]):
    async def check(folder: Path) -> None:
        book, out, replay = folder / "book.db", folder / "run", folder / "replay"
        async with SqliteStore.open(book) as store:
            candidates = [Candidate(behavior=one) for one in sorted(there, key=lambda b: b.name)]
            await propose(store, candidates, refusal=refusal)
        how = {
            "recipe": "behaviors",
            "knobs": knobs,
            "settings": run.model_copy(update={"handbook": str(book)}),
        }
        first = records_of(await solve(PROBLEMS, models=Scripted(say), out=out, **how))
        shutil.copytree(out, replay)
        # Only the job, the journal and what was read stay; and the handbook goes on without them.
        RunFolder(replay).records.unlink()
        RunFolder(replay).lessons.unlink(missing_ok=True)
        async with SqliteStore.open(book) as store:
            for entry in await store.entries():
                await set_status(store, entry.name, "retired", "the law")
            count = len(await store.uses())
            told = {entry.name: entry.provenance for entry in await store.entries()}
        again = records_of(await solve(PROBLEMS, models=Silent(), out=replay, **how))
        assert again == first
        async with SqliteStore.open(book) as store:
            assert len(await store.uses()) == count
            assert {one.name: one.provenance for one in await store.entries()} == told

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(check(Path(folder)))
