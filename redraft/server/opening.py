"""Opens what a server needs: first what is there without a model, so that no model starts in vain,
then a service over models behind one limit."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from redraft.agents import load_prompts_by_role
from redraft.core import Budget, Embedder, Memory, Model, Prompt, Sampling, Value
from redraft.memory import open_snapshot, open_store
from redraft.models import Gate, Journaled, Limit, Retry, RetryPolicy
from redraft.server.offers import Offer, default_offers
from redraft.server.service import Service
from redraft.server.threads import Threads, open_threads
from redraft.tools import Checkers


class Furnishing(Value):
    """What a server is set up with beside its models.

    `concurrency` counts completions in flight at the models, `retries` how often a call is asked
    again when its failure may pass. `offers` come beside those that every server has, of which
    `recipes` names the recipes; all that answer and can be run where it is `None`. `budget` holds
    for each answer, in all that an offer leaves open. `threads` is the file of the conversations
    that are kept, for `thread_days` after the last word.
    """

    sampling: dict[str, Sampling] = {}
    prompt_sets: dict[str, str] = {}
    prompts: str | None = None
    handbook: str | None = None
    concurrency: int = 256
    retries: int = 2
    offers: tuple[Offer, ...] = ()
    tasks: bool = True
    recipes: tuple[str, ...] | None = None
    budget: Budget = Budget()
    threads: str | None = Field(default=None, repr=False)
    thread_days: float = 30.0


@dataclass(frozen=True, slots=True)
class Furnished:
    """What a server has before it has models: made by `furnish`."""

    furnishing: Furnishing
    prompts: Mapping[str, Mapping[str, Prompt]]
    checker: Checkers
    threads: Threads | None


@asynccontextmanager
async def furnish(furnishing: Furnishing) -> AsyncGenerator[Furnished]:
    """Prompts, checker and threads; raises `InputError` for what cannot be opened, the handbook
    and a prompt included.
    """
    folder = Path(furnishing.prompts) if furnishing.prompts else None
    prompts = load_prompts_by_role(folder, furnishing.prompt_sets)
    if furnishing.handbook is not None:
        async with open_store(furnishing.handbook, create=False):
            pass
    async with (
        Checkers() as checker,
        open_threads(furnishing.threads, furnishing.thread_days) as threads,
    ):
        yield Furnished(furnishing, prompts, checker, threads)


async def make_service(
    models: Mapping[str, Model], furnished: Furnished, embedder: Embedder | None = None
) -> Service:
    """A service over `models`, by role; raises `InputError` and `StoreError` where the handbook
    cannot be read.
    """
    furnishing = furnished.furnishing
    gate, policy = Gate(furnishing.concurrency), RetryPolicy(attempts=furnishing.retries + 1)
    wrapped = {
        id(model): Journaled(Retry(Limit(model, gate), policy), None) for model in models.values()
    }
    memory = await _memory(furnishing.handbook, embedder)
    return Service(
        offers=_offers(models, furnishing, memory=memory is not None),
        models={role: wrapped[id(model)] for role, model in models.items()},
        prompts=furnished.prompts,
        checker=furnished.checker,
        sampling=furnishing.sampling,
        memory=memory,
        created=int(time.time()),
        embedder=embedder,
        tasks=furnishing.tasks,
        threads=furnished.threads,
    )


async def _memory(handbook: str | None, embedder: Embedder | None) -> Memory | None:
    if handbook is None:
        return None
    async with open_store(handbook, create=False) as store:
        return await open_snapshot(store, embedder=embedder)


def _offers(
    models: Mapping[str, Model], furnishing: Furnishing, *, memory: bool
) -> Sequence[Offer]:
    names = {role: model.name for role, model in models.items()}
    ours = default_offers(
        names,
        memory=memory,
        threads=furnishing.threads is not None,
        recipes=furnishing.recipes,
    )
    further = {offer.name for offer in furnishing.offers}
    every = [*(offer for offer in ours if offer.name not in further), *furnishing.offers]
    given = furnishing.budget.model_dump(exclude_none=True)
    return [
        offer.model_copy(
            update={"budget": Budget(**{**given, **offer.budget.model_dump(exclude_none=True)})}
        )
        for offer in every
    ]
