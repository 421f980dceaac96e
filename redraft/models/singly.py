"""Asks one by one for what a server does not give at once: many servers know no `n`."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from redraft.core import ModelError, Reply, Request, Usage

_NAMES_N = re.compile(r"(?<![\w'])['\"`]?n['\"`]?(?![\w'])")


def refuses_n(error: ModelError) -> bool:
    """Whether a server's refusal is about `n`, as of those that accept `n=1` alone."""
    return error.status in (400, 422) and _NAMES_N.search(str(error)) is not None


async def ask_singly(
    ask: Callable[[Request], Awaitable[Reply]], request: Request, given: Reply | None
) -> Reply:
    """The reply to `request`, its completions asked for side by side, one a request.

    `given` are those that the server has sent already. Completion `i` has the request's seed
    plus `i`. The first failure cancels the others and is raised.
    """
    start = len(given.choices) if given is not None else 0
    places = range(start, request.sampling.n)
    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(_ask_one(ask, request, place)) for place in places]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    replies = [task.result() for task in asked]
    return _merged([given, *replies] if given is not None else replies)


async def _ask_one(
    ask: Callable[[Request], Awaitable[Reply]], request: Request, place: int
) -> Reply:
    seed = request.sampling.seed
    alone = {"n": 1, "seed": None if seed is None else seed + place}
    sampling = request.sampling.model_copy(update=alone)
    return await ask(request.model_copy(update={"sampling": sampling}))


def _merged(replies: Sequence[Reply]) -> Reply:
    return replies[0].model_copy(
        update={
            "choices": tuple(choice for reply in replies for choice in reply.choices),
            "usage": sum((reply.usage for reply in replies), Usage()),
            "prompts": len(replies),
        }
    )
