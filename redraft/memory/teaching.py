"""Lets solved problems and mistakes into a handbook."""

from collections.abc import Sequence
from dataclasses import dataclass

from redraft.core import Example
from redraft.memory.entry import example_key
from redraft.memory.example_gate import example_refusal
from redraft.memory.store import Store

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Taught:
    """What became of examples: how many were `added` and how many `known`, by problem and wrong
    attempt; why others were refused, by their place among those given; and the newest version."""

    added: int
    known: int
    refused: dict[int, str]
    version: int


async def teach(store: Store, examples: Sequence[Example]) -> Taught:
    """Add to `store` what passes the gate and is not there yet; the first of equals stays.

    Teaching the same again changes nothing. Raises `StoreError`.
    """
    reasons = [example_refusal(one) for one in examples]
    refused = {place: why for place, why in enumerate(reasons) if why is not None}
    passed = [one for one, why in zip(examples, reasons, strict=True) if why is None]
    there = {example_key(one) for one in await store.examples()} if passed else set[Key]()
    new: dict[Key, Example] = {}
    for one in passed:
        if (key := example_key(one)) not in there:
            new.setdefault(key, one)
    version = await store.add_examples(list(new.values()))
    return Taught(len(new), len(passed) - len(new), refused, version)
