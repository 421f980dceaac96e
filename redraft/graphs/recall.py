"""Asks memory for behaviors and holds some of them back, so that what they are worth is measured.

What is held back hangs on the seed and the problem alone: the same job holds back the same.
"""

import random
from collections.abc import Sequence

from redraft.agents import recite
from redraft.core import (
    Behavior,
    Context,
    InputError,
    Memory,
    Message,
    Problem,
    Query,
    Recalled,
    Request,
    Retrieval,
)


def memory_of(context: Context) -> Memory:
    """The run's memory; raises `InputError` that says how to give it one."""
    if context.memory is None:
        raise InputError("this recipe reads a handbook: add --handbook PATH, or memory in Python")
    return context.memory


async def recall(
    context: Context, problem: Problem, *, most: int, by: Retrieval, tokens: int, hold: float
) -> Recalled:
    """At most `most` behaviors in at most `tokens` tokens, without those held back.

    With the chance `hold` all are held back, else each one by itself with that chance. One that
    no longer fits is neither shown nor held. Raises `InputError` where the run has no memory.
    """
    memory = memory_of(context)
    seed = context.seed_for(problem, "recall")
    found = await memory.recall(problem, Query(most=most, by=by, seed=seed))
    fitting = await _fitting(context, found, tokens)
    chance = random.Random(context.seed_for(problem, "hold"))
    all_held = chance.random() < hold
    held = [all_held | (chance.random() < hold) for _ in fitting]
    recalled = Recalled(
        agent="memory",
        version=memory.version,
        shown=tuple(one for one, kept in zip(fitting, held, strict=True) if not kept),
        held=tuple(one for one, kept in zip(fitting, held, strict=True) if kept),
        all_held=all_held,
    )
    return context.add(problem, recalled)


async def _fitting(context: Context, found: Sequence[Behavior], tokens: int) -> list[Behavior]:
    """The first of `found` that together take at most `tokens` tokens of the actor's model."""
    model = context.model("actor")
    for count in range(len(found), 0, -1):
        text = recite(found[:count])
        if await model.count(Request(messages=(Message(role="user", content=text),))) <= tokens:
            return list(found[:count])
    return []
