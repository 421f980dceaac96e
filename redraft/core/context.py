"""Everything a run needs that is not state: handed down, never global, never checkpointed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from redraft.core.artifacts import Artifact
from redraft.core.errors import InputError, RedraftError
from redraft.core.events import ArtifactMade, Sink, ignore
from redraft.core.lineage import Lineage
from redraft.core.ports import Checker, Memory, Model
from redraft.core.problem import Problem
from redraft.core.prompt import Prompt
from redraft.core.record import Failure
from redraft.core.request import Asked, Sampling

A = TypeVar("A", bound=Artifact)
DEFAULT_ROLE = "default"
EMBEDDER_ROLE = "embedder"
"""Who turns texts into vectors for a memory: no `Model`, and never served by the default role."""


@dataclass(frozen=True, slots=True)
class Context:
    """One problem's surroundings.

    `models`, `prompts` (by name) and `sampling` go by role, where `"default"` serves every role
    that has no entry; a field set in `sampling` overrides the agent's own. `memory` is read only.
    `asked` is for the agent whose reply is the run's answer.
    """

    models: Mapping[str, Model]
    prompts: Mapping[str, Mapping[str, Prompt]]
    checker: Checker
    sampling: Mapping[str, Sampling] = field(default_factory=dict[str, Sampling])
    lineage: Lineage = field(default_factory=Lineage)
    seed: int = 0
    emit: Sink = ignore
    memory: Memory | None = None
    asked: Asked = field(default_factory=Asked)

    def model(self, role: str) -> Model:
        """The model that speaks as `role`."""
        model = self.models.get(role) or self.models.get(DEFAULT_ROLE)
        if model is None:
            known = ", ".join(sorted(self.models)) or "none"
            raise InputError(f"no model for role {role!r} and no default (roles given: {known})")
        return model

    def sampling_for(self, role: str, own: Sampling) -> Sampling:
        """An agent's `own` sampling with the user's settings for `role` laid over it."""
        user = self.sampling.get(role) or self.sampling.get(DEFAULT_ROLE)
        return (
            own
            if user is None
            else own.model_copy(update=user.model_dump(exclude_none=True, exclude_defaults=True))
        )

    def prompt(self, name: str, role: str) -> Prompt:
        """The prompt called `name`, as it is worded for the model that speaks as `role`."""
        prompts = self.prompts.get(role) or self.prompts.get(DEFAULT_ROLE, {})
        try:
            return prompts[name]
        except KeyError:
            raise InputError(f"no prompt named {name!r}") from None

    def seed_for(self, problem: Problem, agent: str, index: int = 0) -> int:
        """A 31-bit seed that the same job gives to the same call again."""
        text = f"{self.seed}\x1f{problem.key}\x1f{agent}\x1f{index}"
        digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") >> 1

    def add(
        self, problem: Problem, artifact: A, parents: Sequence[Artifact] = (), index: int = 0
    ) -> A:
        """Enter `artifact` into the lineage and tell the sink."""
        named = self.lineage.add(artifact, parents, index)
        self.emit(ArtifactMade(problem.id, named))
        return named

    def fail(self, error: RedraftError, node: str = "") -> None:
        """Keep a failure that does not end the run."""
        self.lineage.failures.append(Failure(kind=error.kind, node=node, message=str(error)))
