"""A damaged journal never gives a wrong reply, and a killed one has every reply that was seen."""

import asyncio
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from redraft.core import Choice, Message, Reply, Request, StoreError, Usage
from redraft.models import Journal

KEYS = [Request(messages=(), output_schema={"i": i}).key("m") for i in range(40)]
ASK = Request(messages=(Message(role="user", content="What is 2 + 2?"),))
FILE, LOG = "journal.sqlite", "journal.sqlite-wal"
WRITER = """
import asyncio, sys
from pathlib import Path
from redraft.core import Choice, Message, Origin, Reply, Request, Sampling, Usage
from redraft.models import Journal, Journaled

class Slow:
    name = "m"

    async def __call__(self, request):
        await asyncio.sleep(0.001 * (request.sampling.seed % 7))
        text = f"{request.sampling.seed} " * 50
        return Reply(choices=(Choice(content=text),), usage=Usage(input=1, output=50))

async def main(path):
    async with Journal.open(path, job="job") as journal:
        model = Journaled(Slow(), journal)
        numbers = iter(range(10**9))

        async def work():
            for number in numbers:
                reply = await model(
                    Request(
                        messages=(Message(role="user", content="x"),),
                        sampling=Sampling(seed=number),
                    )
                )
                print(number, reply.key, flush=True)

        await asyncio.gather(*(work() for _ in range(16)))

asyncio.run(main(Path(sys.argv[1])))
"""


def reply_of(number: int) -> Reply:
    text = f"reply {number} " * (1 + number % 5 * 40)
    return Reply(choices=(Choice(content=text),), usage=Usage(output=number), key=KEYS[number])


class Sample(NamedTuple):
    """Folders with a journal of the same replies: one closed, one as it was while being written."""

    closed: Path
    live: Path


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("journal")
    both = Sample(folder / "closed", folder / "live")
    both.closed.mkdir()

    async def write() -> None:
        async with Journal.open(both.closed / FILE, job="job") as journal:
            for number, key in enumerate(KEYS):
                await journal.put(key, "m", ASK, reply_of(number))
            shutil.copytree(both.closed, both.live)

    asyncio.run(write())
    assert (both.live / LOG).stat().st_size > 0
    return both


async def replies_in(path: Path) -> list[Reply | None]:
    async with Journal.open(path, job="job") as journal:
        return [journal.get(key) for key in KEYS]


def read_damaged(source: Path, name: str, damaged: bytes, scratch: Path) -> list[Reply | None]:
    """What is found after `name` was damaged; an empty list where that is told."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(source, scratch)
    (scratch / name).write_bytes(damaged)
    try:
        found = asyncio.run(replies_in(scratch / FILE))
    except StoreError:
        event("told")
        return []
    event("all found" if None not in found else "some found")
    assert all(reply in (None, reply_of(number)) for number, reply in enumerate(found))
    return found


def is_prefix(found: list[Reply | None]) -> bool:
    there = [reply is not None for reply in found]
    return there == sorted(there, reverse=True)


many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
places = st.floats(0, 1, exclude_max=True)


@many
@given(kept=places)
def test_a_truncated_journal_is_told_unless_no_reply_was_hit(
    sample: Sample, tmp_path: Path, kept: float
):
    whole = (sample.closed / FILE).read_bytes()
    cut = whole[: int(kept * len(whole))]
    assert None not in read_damaged(sample.closed, FILE, cut, tmp_path / "scratch")


@many
@given(kept=places)
def test_a_truncated_log_gives_the_first_replies(sample: Sample, tmp_path: Path, kept: float):
    whole = (sample.live / LOG).read_bytes()
    cut = whole[: int(kept * len(whole))]
    assert is_prefix(read_damaged(sample.live, LOG, cut, tmp_path / "scratch"))


@many
@given(place=places, bit=st.integers(0, 7))
def test_a_flipped_bit_in_the_log_gives_the_first_replies(
    sample: Sample, tmp_path: Path, place: float, bit: int
):
    content = bytearray((sample.live / LOG).read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    assert is_prefix(read_damaged(sample.live, LOG, bytes(content), tmp_path / "scratch"))


@many
@given(place=places, bit=st.integers(0, 7))
def test_a_flipped_bit_hides_no_reply_and_gives_no_wrong_one(
    sample: Sample, tmp_path: Path, place: float, bit: int
):
    content = bytearray((sample.closed / FILE).read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    found = read_damaged(sample.closed, FILE, bytes(content), tmp_path / "scratch")
    assert None not in found


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_leaves_every_reply_that_it_returned(tmp_path: Path, seed: int):
    path = tmp_path / FILE
    returned: dict[str, str] = {}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        wanted = random.Random(seed).randrange(1, 1200)
        for line in writer.stdout:
            if not line.endswith("\n"):
                break
            number, key = line.split()
            returned[key] = number
            if len(returned) == wanted:
                writer.send_signal(signal.SIGKILL)
    assert len(returned) >= wanted

    async def check() -> None:
        async with Journal.open(path, job="job") as journal:
            for key, number in returned.items():
                reply = journal.get(key)
                assert reply is not None
                assert reply.choices[0].content == f"{number} " * 50

    asyncio.run(check())
