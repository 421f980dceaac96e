"""Which entries are near: by embedding and by name, never by a number or a negation."""

import asyncio

from redraft.core import Behavior
from redraft.memory import Entry, Neighbours

VECTORS = {
    "Halve it.": (0.6, 0.8),
    "Divide by two.": (0.8, 0.6),
    "Do not halve it.": (0.6, 0.8),
    "Check the units.": (1.0, 0.0),
    "Stop.": (0.0, -1.0),
}


class Embedder:
    """Knows the vectors of a few texts, and keeps what it was asked for."""

    name = "few"

    def __init__(self):
        self.asked: list[str] = []

    async def __call__(self, texts):
        self.asked += texts
        await asyncio.sleep(0)
        return [VECTORS[text] for text in texts]


def entry(name: str, instruction: str) -> Entry:
    return Entry(name=f"behavior_{name}", instruction=instruction)


def halve(name: str = "halve") -> Behavior:
    return Behavior(name=f"behavior_{name}", instruction="Halve it.")


ENTRIES = [
    entry("units", "Check the units."),
    entry("never", "Do not halve it."),
    entry("two", "Divide by two."),
    entry("stop", "Stop."),
]


async def names(neighbours: Neighbours, new: Behavior) -> list[str]:
    return [one.name.removeprefix("behavior_") for one in await neighbours(new, ENTRIES)]


async def test_the_nearest_come_first_and_a_negation_is_not_near():
    assert await names(Neighbours(Embedder(), least=0.6), halve()) == ["two", "units"]
    assert await names(Neighbours(Embedder(), least=0.9), halve()) == ["two"]
    assert await names(Neighbours(Embedder(), least=0.6, most=1), halve()) == ["two"]


async def test_a_name_of_the_same_words_is_near_whatever_it_says():
    assert await names(Neighbours(Embedder(), least=0.9), halve("stop_2")) == ["two", "stop"]


async def test_each_instruction_is_embedded_once_also_by_those_who_ask_at_once():
    embedder = Embedder()
    neighbours = Neighbours(embedder)
    await asyncio.gather(*(neighbours(halve(), ENTRIES[:count]) for count in (2, 4, 3)))
    assert sorted(embedder.asked) == sorted(VECTORS)


async def test_nothing_is_near_in_an_empty_handbook():
    assert await Neighbours()(halve(), []) == []


async def test_without_a_model_words_are_compared():
    new = Behavior(name="behavior_x", instruction="Write the unit beside each quantity.")
    near, far = entry("a", "Write a unit beside every quantity."), entry("b", "Guess the answer.")
    assert await Neighbours()(new, [far, near]) == [near]
