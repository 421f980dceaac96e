"""What all requests of a server share: what is offered, and what graphs are run with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from redraft.core import Checker, Context, Lineage, Memory, Model, Origin, Prompt, Sampling, Sink
from redraft.models import Account, Meter, Ranked
from redraft.server.offers import Offer


@dataclass(frozen=True, slots=True)
class Service:
    """The offers and their surroundings. `models` go by role and bring their own limit and retry.

    `created` is the Unix time that clients see as the age of every model.
    """

    offers: Sequence[Offer]
    models: Mapping[str, Model]
    prompts: Mapping[str, Mapping[str, Prompt]]
    checker: Checker
    sampling: Mapping[str, Sampling]
    memory: Memory | None
    created: int

    def ranked(self, priority: int) -> "Service":
        """This service with all calls at `priority` (see `Request.priority`)."""
        models = {role: Ranked(model, priority) for role, model in self.models.items()}
        return replace(self, models=models)

    def context(self, account: Account, emit: Sink, seed: int) -> Context:
        """The surroundings of one run; the call that writes its answer is heard."""
        lineage = Lineage()
        models = {
            role: Meter(model, account, lineage, emit, _is_final)
            for role, model in self.models.items()
        }
        return Context(
            models=models,
            prompts=self.prompts,
            checker=self.checker,
            sampling=self.sampling,
            lineage=lineage,
            seed=seed,
            emit=emit,
            memory=self.memory,
        )


def _is_final(origin: Origin) -> bool:
    return origin.final
