"""Asks memory for behaviors, holds some of them back so that what they are worth is measured, and
has the actor draft by the others.

What is held back hangs on the seed and the problem alone: the same job holds back the same.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from redraft.agents import BEHAVE, DRAFT, recite
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
    Solution,
)


@dataclass(frozen=True, slots=True)
class Recall:
    """How behaviors are found: at most `most`, `by` what, in at most `tokens` tokens.

    With the chance `hold` all are held back, else each one by itself with that chance.
    """

    most: int = 5
    by: Retrieval = "hybrid"
    tokens: int = 1024
    hold: float = 0.1


def memory_of(context: Context) -> Memory:
    """The run's memory; raises `InputError` that says how to give it one."""
    if context.memory is None:
        raise InputError("this recipe reads a handbook: add --handbook PATH, or memory in Python")
    return context.memory


async def recall(context: Context, problem: Problem, how: Recall) -> Recalled:
    """Behaviors for `problem`, those shown and those held back.

    One that no longer fits is neither. Raises `InputError` where the run has no memory.
    """
    memory = memory_of(context)
    seed = context.seed_for(problem, "recall")
    found = await memory.recall(problem, Query(most=how.most, by=how.by, seed=seed))
    fitting = await _fitting(context, found, how.tokens)
    chance = random.Random(context.seed_for(problem, "hold"))
    all_held = chance.random() < how.hold
    held = [all_held | (chance.random() < how.hold) for _ in fitting]
    recalled = Recalled(
        agent="memory",
        version=memory.version,
        shown=tuple(one for one, kept in zip(fitting, held, strict=True) if not kept),
        held=tuple(one for one, kept in zip(fitting, held, strict=True) if kept),
        all_held=all_held,
    )
    return context.add(problem, recalled)


async def behave(
    context: Context,
    problem: Problem,
    recalled: Recalled,
    *,
    n: int = 1,
    index: int = 0,
    final: bool = False,
) -> list[Solution]:
    """`n` drafts by the behaviors shown; plain ones, with `index`, where none is."""
    if recalled.shown:
        shown, agent = {"behaviors": recite(recalled.shown)}, BEHAVE.answering(final)
        return await agent(context, problem, parents=[recalled], values=shown, n=n)
    agent = DRAFT.answering(final)
    return await agent(context, problem, parents=[recalled], index=index, n=n)


async def first_drafts(
    context: Context, problem: Problem, *, n: int = 1, final: bool = False
) -> list[Solution]:
    """`n` drafts, by behaviors of the run's memory where it has one.

    `final` says that a draft is the run's answer as it is. That recipes of other papers draft by
    behaviors (after Metacognitive Reuse, arXiv 2509.13237) is ours.
    """
    if context.memory is None:
        return await DRAFT.answering(final)(context, problem, n=n)
    recalled = await recall(context, problem, Recall())
    return await behave(context, problem, recalled, n=n, final=final)


async def _fitting(context: Context, found: Sequence[Behavior], tokens: int) -> list[Behavior]:
    """The first of `found` that together take at most `tokens` tokens of the actor's model."""
    model = context.model("actor")
    for count in range(len(found), 0, -1):
        text = recite(found[:count])
        if await model.count(Request(messages=(Message(role="user", content=text),))) <= tokens:
            return list(found[:count])
    return []
