"""The distiller: turns many drafts into one bounded workspace (PDR, arXiv 2510.01123).

A global summary, whole solutions chosen once or for each branch, or whole solutions drawn at
random; never thinking. That the distiller also ranks for top-k is our reading.
"""

import random
from collections.abc import Sequence

from pydantic import BaseModel

from redraft.agents.agent import CALL_ERRORS, Agent
from redraft.agents.layout import fit, number
from redraft.agents.reading import read_json
from redraft.core import (
    Artifact,
    Choice,
    Context,
    Message,
    OutputError,
    Problem,
    Request,
    Sampling,
    Selection,
    Solution,
    Workspace,
)


class SelectionReply(BaseModel):
    """A choice among numbered attempts, as the distiller must write it."""

    best: list[int]


def read_workspace(choice: Choice, problem: Problem) -> Workspace:
    """The notes as they were written; empty notes are unreadable."""
    text = choice.content.strip()
    if not text:
        raise OutputError("the notes are empty")
    return Workspace(text=text)


def read_selection(choice: Choice, problem: Problem) -> Selection:
    """The chosen places, counted from 0 and without repeats."""
    chosen = dict.fromkeys(i - 1 for i in read_json(choice.content, SelectionReply).best if i > 0)
    if not chosen:
        raise OutputError('"best" names no attempt; attempts are counted from 1')
    return Selection(best=tuple(chosen))


DISTILLER = Agent(
    name="distiller",
    role="distiller",
    prompt="distill",
    read=read_workspace,
    sampling=Sampling(temperature=0.0),
)
SELECTOR = Agent(
    name="selector",
    role="distiller",
    prompt="select",
    read=read_selection,
    sampling=Sampling(temperature=1.0, top_p=1.0),
    output=SelectionReply,
)


async def summarise(
    context: Context, problem: Problem, drafts: Sequence[Solution], limit: int, index: int
) -> Workspace:
    """One summary of all drafts, of at most `limit` tokens."""
    agent = DISTILLER.sampled(DISTILLER.sampling.model_copy(update={"max_tokens": limit}))
    shown = {"solutions": number([draft.text for draft in drafts])}
    (notes,) = await agent(context, problem, parents=drafts, values=shown, index=index)
    text = await _bounded(context, [notes.text], limit, plain=True)
    if text == notes.text:
        return notes
    return context.add(problem, Workspace(agent="distiller", text=text), [notes], index)


async def choose(
    context: Context, problem: Problem, drafts: Sequence[Solution], k: int, index: int
) -> tuple[list[Solution], list[Artifact]]:
    """The `k` drafts that the distiller ranks highest, and the artifacts the choice rests on.

    Where no choice can be read, the first `k` drafts stand in, and the failure is kept.
    """
    if len(drafts) <= k:
        return list(drafts), list(drafts)
    shown = {"solutions": number([draft.text for draft in drafts]), "k": str(k)}
    try:
        (selection,) = await SELECTOR(context, problem, parents=drafts, values=shown, index=index)
    except CALL_ERRORS as error:
        context.fail(error, SELECTOR.name)
        return list(drafts[:k]), list(drafts[:k])
    places = [place for place in selection.best if place < len(drafts)][:k]
    return [drafts[place] for place in places] or list(drafts[:k]), [selection]


def draw(
    context: Context, problem: Problem, drafts: Sequence[Solution], k: int, index: int
) -> list[Solution]:
    """`k` drafts drawn uniformly, the same ones for the same seed."""
    rng = random.Random(context.seed_for(problem, "random_k", index))
    return rng.sample(list(drafts), min(k, len(drafts)))


async def carry(
    context: Context,
    problem: Problem,
    chosen: Sequence[Solution],
    limit: int,
    *,
    parents: Sequence[Artifact],
    index: int,
) -> Workspace:
    """A workspace of whole solutions, cut evenly to `limit` tokens in all."""
    text = await _bounded(context, [draft.text for draft in chosen], limit)
    workspace = Workspace(agent="distiller", role="distiller", text=text)
    return context.add(problem, workspace, parents, index)


async def _bounded(
    context: Context, texts: Sequence[str], limit: int, *, plain: bool = False
) -> str:
    model = context.model("actor")

    async def count(text: str) -> int:
        return await model.count(Request(messages=(Message(role="user", content=text),)))

    return await (fit(texts, limit, count, "\n".join) if plain else fit(texts, limit, count))
