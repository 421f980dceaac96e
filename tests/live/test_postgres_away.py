"""A handbook whose database goes away for ten seconds while it is written."""

import asyncio
from uuid import uuid4

import pytest

from redraft.memory import Store, open_store
from redraft.memory.entry import Entry, Use

pytestmark = pytest.mark.live

TURNS = 40


async def keep_writing(store: Store, own: str) -> list[int]:
    """Write a revision and a use, `TURNS` times; the versions that were returned."""
    versions = list[int]()
    for turn in range(TURNS):
        changed = Entry(name=own, instruction=str(turn))
        versions.append(await store.write([changed], read=versions[-1] if versions else 0))
        use = Use(
            run=own,
            problem=str(turn),
            name=own,
            shown=True,
            correct=True,
            input_tokens=1,
            output_tokens=1,
        )
        versions.append(await store.add_uses([use]))
        await asyncio.sleep(0.05)
    return versions


async def test_a_database_that_is_away_for_ten_seconds_loses_and_doubles_nothing(postgres):
    url = f"{postgres.url}&handbook={uuid4().hex}"
    owners = [f"behavior_{letter}" for letter in "abcd"]
    async with open_store(url) as one, open_store(url) as two:
        stores = [one, two, one, two]
        writing = [
            asyncio.create_task(keep_writing(store, own))
            for store, own in zip(stores, owners, strict=True)
        ]
        await asyncio.sleep(0.5)
        with postgres.away():
            await asyncio.sleep(10)
            assert not any(task.done() for task in writing)
        versions = [version for task in writing for version in await task]
        assert sorted(versions) == list(range(1, 2 * TURNS * len(owners) + 1))
        assert await two.version() == len(versions)
        for own in owners:
            said = [revision.instruction for revision in await one.history(own)]
            assert said == [str(turn) for turn in range(TURNS)]
        uses = await two.uses()
        assert len(uses) == len(set(uses)) == TURNS * len(owners)
