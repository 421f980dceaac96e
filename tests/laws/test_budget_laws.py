"""No interleaving of calls spends more than a budget, and the account agrees with the lineage."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import event, given
from hypothesis import strategies as st

from redraft.core import (
    Budget,
    BudgetError,
    Choice,
    Lineage,
    Message,
    ModelError,
    Origin,
    Reply,
    Request,
    Sampling,
    Usage,
)
from redraft.models import Account, Journaled, Meter


@dataclass(frozen=True)
class Plan:
    """One call: what it asks for, and what its model will do with that."""

    problem: int
    prompt: int
    depth: int
    n: int
    max_tokens: int | None
    thinking_tokens: int | None
    share: float
    turns: int
    start: int
    fate: str


limits = st.none() | st.integers(1, 3000)
budgets = st.builds(
    Budget,
    total_tokens=limits,
    sequential_tokens=limits,
    calls=st.none() | st.integers(1, 8),
)
plans = st.lists(
    st.builds(
        Plan,
        problem=st.integers(0, 2),
        prompt=st.integers(1, 200),
        depth=st.integers(0, 500),
        n=st.integers(1, 4),
        max_tokens=st.none() | st.integers(1, 400),
        thinking_tokens=st.none() | st.integers(0, 400),
        share=st.floats(0, 1),
        turns=st.integers(0, 6),
        start=st.integers(0, 6),
        fate=st.sampled_from(["answer", "answer", "answer", "answer", "fail", "cancel"]),
    ),
    min_size=1,
    max_size=14,
)


class Obedient:
    """Keeps to caps, takes its time, and watches that every budget holds at every moment."""

    name = "obedient"

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.plans = plans
        self.paths: list[tuple[int, int]] = []

    async def __call__(self, request: Request) -> Reply:
        number = request.sampling.seed or 0
        plan = self.plans[number]
        for _ in range(plan.turns):
            await asyncio.sleep(0)
        if plan.fate == "fail":
            raise ModelError("down")
        cap = request.sampling.cap
        used = round(plan.share * (200 if cap is None else cap))
        self.paths.append((plan.problem, plan.depth + plan.prompt + used))
        return Reply(
            choices=tuple(Choice(content="", output_tokens=used) for _ in range(plan.n)),
            usage=Usage(input=plan.prompt, output=used * plan.n),
        )

    async def count(self, request: Request) -> int:
        await asyncio.sleep(0)
        return self.plans[request.sampling.seed or 0].prompt


def request_of(number: int, plan: Plan) -> Request:
    return Request(
        # Never fewer bytes than tokens, as `Request.prompt_bound` assumes.
        messages=(Message(role="user", content="x" * max(plan.prompt - 90, 0)),),
        sampling=Sampling(
            seed=number,
            n=plan.n,
            max_tokens=plan.max_tokens,
            thinking_tokens=plan.thinking_tokens,
        ),
        origin=Origin(problem=str(plan.problem), role="actor", sequential=plan.depth),
    )


async def call(meter: Meter, number: int, plan: Plan) -> str:
    for _ in range(plan.start):
        await asyncio.sleep(0)
    task = asyncio.create_task(meter(request_of(number, plan)))
    if plan.fate == "cancel":
        for _ in range(plan.turns):
            await asyncio.sleep(0)
        task.cancel()
    try:
        await task
    except (BudgetError, ModelError, asyncio.CancelledError) as error:
        return type(error).__name__
    return "answered"


async def run_all(plans: Sequence[Plan], budget: Budget, run_budget: Budget) -> None:
    model = Obedient(plans)
    run = Account(run_budget)
    accounts = [Account(budget, run) for _ in range(3)]
    lineages = [Lineage() for _ in range(3)]
    journaled = Journaled(model, None)
    meters = [Meter(journaled, accounts[i], lineages[i]) for i in range(3)]
    async with asyncio.timeout(10):
        ends = await asyncio.gather(
            *(call(meters[plan.problem], number, plan) for number, plan in enumerate(plans))
        )
    for end in set(ends):
        event(end)
    totals = [lineage.total().total for lineage in lineages]
    assert [account.spent for account in accounts] == totals
    assert run.spent == sum(totals)
    assert [account.calls for account in accounts] == [len(one.calls) for one in lineages]
    for level, account in ((budget, one) for one in accounts):
        assert level.total_tokens is None or account.spent <= level.total_tokens
        assert level.calls is None or account.calls <= level.calls
    assert run_budget.total_tokens is None or run.spent <= run_budget.total_tokens
    assert run_budget.calls is None or run.calls <= run_budget.calls
    for bound in (budget.sequential_tokens, run_budget.sequential_tokens):
        assert bound is None or all(tokens <= bound for _, tokens in model.paths)


@given(plans, budgets, budgets)
def test_budgets_hold_whatever_the_interleaving(
    plans: list[Plan], budget: Budget, run_budget: Budget
):
    asyncio.run(run_all(plans, budget, run_budget))


@given(plans)
def test_without_limits_nothing_is_refused(plans: list[Plan]):
    asyncio.run(run_all(plans, Budget(), Budget()))
