"""Asks memory for solved problems, and enters those that fit a bound in tokens into the lineage, so
that a record says what an actor was shown."""

from collections.abc import Callable, Sequence

from redraft.agents import exemplify
from redraft.core import (
    Artifact,
    Context,
    Example,
    ExampleQuery,
    Examples,
    Message,
    Problem,
    Request,
)
from redraft.graphs.recall import memory_of

Layout = Callable[[Sequence[Example]], str]


async def find_examples(
    context: Context,
    problem: Problem,
    query: ExampleQuery,
    *,
    tokens: int,
    parents: Sequence[Artifact] = (),
    lay: Layout = exemplify,
) -> Examples:
    """The examples that memory has for `query`, in at most `tokens` tokens once they are laid out.

    One that no longer fits is left out whole: a solution that is cut misleads. `query.seed` is
    set here. Raises `InputError` where the run has no memory, and the errors of its embedder.
    """
    memory = memory_of(context)
    seed = context.seed_for(problem, "examples")
    found = await memory.examples(problem, query.model_copy(update={"seed": seed}))
    shown = Examples(
        agent="memory",
        version=memory.version,
        shown=tuple(await fitting(context, found, tokens, lay)),
    )
    return context.add(problem, shown, parents)


async def fitting(
    context: Context, found: Sequence[Example], tokens: int, lay: Layout
) -> list[Example]:
    """Those of `found`, in their order, that take at most `tokens` actor's tokens together."""
    model = context.model("actor")
    kept: list[Example] = []
    for one in found:
        text = lay([*kept, one])
        if await model.count(Request(messages=(Message(role="user", content=text),))) <= tokens:
            kept.append(one)
    return kept
