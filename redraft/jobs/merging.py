"""Has the strategist decide which behaviors say the same, where rules would go by words alone.

What it says passes the handbook's checks; where it says nothing that can be used, the rules decide.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from redraft.agents import decide_merging, load_prompts_by_role
from redraft.core import (
    Behavior,
    BudgetError,
    Context,
    Embedder,
    Lineage,
    Merging,
    Model,
    ModelError,
    OutputError,
    Problem,
    Verdict,
)
from redraft.jobs.job import Settings
from redraft.memory import Decision, Entry, Neighbours, by_rules, refusal, turned
from redraft.models import (
    Account,
    Endpoint,
    Gate,
    Journal,
    Journaled,
    Limit,
    Meter,
    Retry,
    RetryPolicy,
)

_JOB = "merge"
_Question = tuple[Behavior, tuple[Behavior, ...]]


class Merger:
    """A `Decide` that asks the strategist about a behavior and its `neighbours`.

    Where nothing is near, or a neighbour has the very same words, nobody is asked. `context` gives
    each question its own surroundings; the same question is asked once.
    """

    def __init__(self, context: Callable[[], Context], neighbours: Neighbours) -> None:
        self._context = context
        self._neighbours = neighbours
        self._answers: dict[_Question, Merging] = {}

    @property
    def answered(self) -> int:
        """How many questions were answered."""
        return len(self._answers)

    async def __call__(self, new: Behavior, entries: Sequence[Entry]) -> Decision:
        """What becomes of `new` beside `entries`.

        A reply that cannot be read, and a call that fails for good, give way to the rules; the
        reason says so. Raises `ModelError` where the model is gone for now, and the embedder's.
        """
        near = await self._neighbours(new, entries)
        if not near or any(entry.instruction == new.instruction for entry in near):
            return await by_rules(new, entries)
        try:
            said = await self._said(new, near)
        except (OutputError, BudgetError, ModelError) as error:
            if isinstance(error, ModelError) and error.transient:
                raise
            decision = await by_rules(new, near)
            reason = f"{decision.reason}; by the rules, since the strategist did not say: {error}"
            return decision.model_copy(update={"reason": reason})
        return _decision(said, near)

    async def _said(self, new: Behavior, near: Sequence[Entry]) -> Merging:
        known = tuple(entry.behavior for entry in near)
        if (new, known) not in self._answers:
            self._answers[new, known] = await decide_merging(self._context(), new, known)
        return self._answers[new, known]


def _decision(said: Merging, near: Sequence[Entry]) -> Decision:
    reason = f"the strategist: {said.reason or said.action}"
    if said.action != "merge":
        return Decision(action="drop" if said.action == "drop" else "add", reason=reason)
    into = near[said.into]
    words = said.instruction
    refused = refusal(Behavior(name=into.name, instruction=words)) if words else None
    if refused is None and turned(words or into.instruction, into.instruction):
        refused = "it changes a number or a negation"
    if refused is not None:
        words, reason = "", f"{reason}; its words are not taken: {refused}"
    return Decision(
        action="merge", into=into.name, instruction=words or into.instruction, reason=reason
    )


@asynccontextmanager
async def open_merger(
    models: Mapping[str, Model],
    settings: Settings,
    journal: Path,
    embedder: Embedder | None = None,
) -> AsyncGenerator[Merger]:
    """A `Merger` that speaks to bare `models` by role, as `settings` say.

    Each question has the budget of a problem. Its replies are kept in the file `journal`: what was
    answered once is not asked again. Raises `StoreError`.
    """
    gate, policy = Gate(settings.concurrency), RetryPolicy(attempts=settings.retries + 1)
    folder = Path(settings.prompts) if settings.prompts else None
    prompts = load_prompts_by_role(folder, settings.prompt_sets)
    whole = Account(settings.run_budget)
    async with AsyncExitStack() as stack:
        kept = await stack.enter_async_context(Journal.open(journal, job=_JOB))
        wrapped: dict[str, Model] = {}
        for role, model in models.items():
            if isinstance(model, Endpoint):
                await stack.enter_async_context(model)
            wrapped[role] = Journaled(Retry(Limit(model, gate), policy), kept)

        def context() -> Context:
            lineage, account = Lineage(), Account(settings.budget, whole)
            return Context(
                models={role: Meter(one, account, lineage) for role, one in wrapped.items()},
                prompts=prompts,
                checker=_unchecked,
                sampling=settings.sampling,
                lineage=lineage,
                seed=settings.seed,
            )

        yield Merger(context, Neighbours(embedder))


async def _unchecked(problem: Problem, answer: str) -> Verdict:
    return Verdict(outcome="unknown")
