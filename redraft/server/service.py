"""What all requests of a server share: what is offered, and what graphs are run with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from redraft.core import (
    DEFAULT_ROLE,
    Checker,
    Context,
    Embedder,
    Lineage,
    Memory,
    Model,
    Origin,
    Prompt,
    Sampling,
    Sink,
)
from redraft.models import Account, Meter, Ranked
from redraft.server.offers import Offer
from redraft.server.order import Noted, Notes, Order
from redraft.server.stopping import Stopping
from redraft.server.threads import Threads


@dataclass(frozen=True, slots=True)
class Service:
    """The offers and their surroundings. `models` go by role and bring their own limit and retry.

    `created` is the Unix time that clients see as the age of every model. With `tasks`, what a
    front-end asks on its own, such as a chat's title, goes to a plain model.
    """

    offers: Sequence[Offer]
    models: Mapping[str, Model]
    prompts: Mapping[str, Mapping[str, Prompt]]
    checker: Checker
    sampling: Mapping[str, Sampling]
    memory: Memory | None
    created: int
    embedder: Embedder | None = None
    tasks: bool = True
    threads: Threads | None = None

    def ranked(self, priority: int) -> "Service":
        """This service with all calls at `priority` (see `Request.priority`)."""
        models = {role: Ranked(model, priority) for role, model in self.models.items()}
        return replace(self, models=models)

    def context(self, order: Order, notes: Notes, emit: Sink) -> Context:
        """The surroundings of one run; the call that writes its answer is heard."""
        lineage, account = Lineage(), Account(order.budget)
        models = {
            role: Meter(
                Noted(Stopping(self.models[speaker], order.stop), notes),
                account,
                lineage,
                emit,
                _is_final,
            )
            for role, speaker in order.speakers.items()
        }
        ours = self.prompts[DEFAULT_ROLE]
        return Context(
            models=models,
            prompts={
                role: self.prompts.get(speaker, ours) for role, speaker in order.speakers.items()
            },
            checker=self.checker,
            sampling=self.sampling,
            lineage=lineage,
            seed=order.seed,
            emit=emit,
            memory=self.memory if order.memory else None,
            asked=order.asked,
        )


def _is_final(origin: Origin) -> bool:
    return origin.final
