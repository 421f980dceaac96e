"""Lets solved problems and mistakes into a handbook, and puts them away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redraft.core import Example, InputError
from redraft.memory.changing import Outcome
from redraft.memory.entry import Kept, example_key
from redraft.memory.example_gate import example_refusal
from redraft.memory.store import Store

Key = tuple[str, str]
Says = Callable[[Example], dict[str, Any]]
"""Which fields of an example that is there already another one of the same key writes anew."""

_LABELS = ("error", "explanation", "skills")


@dataclass(frozen=True, slots=True)
class Taught:
    """What became of examples: how many were `added`, `revised` and `known`, by problem and wrong
    attempt; why others were refused, by their place among those given; and the newest version."""

    added: int
    revised: int
    known: int
    refused: dict[int, str]
    version: int


def labels(example: Example) -> dict[str, Any]:
    """What was said about an example, where anything was: its texts are those of the first."""
    return {name: value for name in _LABELS if (value := getattr(example, name))}


def stated(example: Example) -> dict[str, Any]:
    """All that was said in so many words: of an example that a person wrote."""
    return {name: getattr(example, name) for name in example.model_fields_set}


async def teach(
    store: Store, examples: Sequence[Example], *, says: Says = labels, reason: str = ""
) -> Taught:
    """Add to `store` what passes the gate and is not there yet; the first of equals stays.

    Where one of the same problem and attempt is there, what `says` takes from the new one is
    written over it as a revision, for the `reason`. What was retired stays as it is. Teaching the
    same again changes nothing. Raises `StoreError`.
    """
    reasons = [example_refusal(one) for one in examples]
    refused = {place: why for place, why in enumerate(reasons) if why is not None}
    passed = [one for one, why in zip(examples, reasons, strict=True) if why is None]
    there = _newest(await store.example_history()) if passed else {}
    new: dict[Key, Example] = {}
    revised: dict[Key, Kept] = {}
    for one in passed:
        key = example_key(one)
        if key in new:
            new[key] = _over(new[key], says(one))
        elif key not in there:
            new[key] = one
        elif there[key].status == "active":
            made = _over(there[key].example, says(one))
            if made != there[key].example:
                there[key] = revised[key] = Kept(example=made, reason=reason)
    version = await store.add_examples(list(new.values()))
    if revised:
        version = await store.revise_examples(list(revised.values()))
    known = len(passed) - len(new) - len(revised)
    return Taught(len(new), len(revised), known, refused, version)


async def set_example_status(
    store: Store, name: str, status: Literal["active", "retired"], reason: str
) -> Outcome:
    """Retire the example with the id `name`, or show it again; its revisions stay.

    Raises `InputError` where there is no such example, and `StoreError`.
    """
    history = _newest(await store.example_history()).values()
    found = next((one for one in history if one.id == name), None)
    if found is None:
        raise InputError(
            f"no example {name!r} in this handbook; `redraft handbook examples` shows what it has"
        )
    if found.status == status:
        return Outcome(name=name, did="unchanged", reason=f"it is {status} already")
    await store.revise_examples([Kept(example=found.example, status=status, reason=reason)])
    return Outcome(name=name, did=status, reason=reason)


def _newest(history: Sequence[Kept]) -> dict[Key, Kept]:
    return {example_key(one.example): one for one in history}


def _over(old: Example, said: dict[str, Any]) -> Example:
    """`old` with what was `said` later, unless the two do not go together."""
    made = old.model_copy(update=said)
    return made if example_refusal(made) is None else old
