"""Budgets bind before a call: it is admitted, given a smaller cap, made to wait, or refused."""

import asyncio
from collections.abc import Callable

import pytest

from redraft.core import (
    Budget,
    BudgetError,
    CallFinished,
    CallStarted,
    Choice,
    Event,
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

PROMPT = 10


class Spender:
    """Uses `use` tokens of each cap, all of it by default, once `go` is set."""

    name = "spender"

    def __init__(self, use: int | None = None) -> None:
        self.use = use
        self.requests: list[Request] = []
        self.counted = 0
        self.go = asyncio.Event()
        self.go.set()
        self.error: Exception | None = None

    async def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        await self.go.wait()
        if self.error is not None:
            raise self.error
        sampling = request.sampling
        used = self.use if self.use is not None else sampling.cap or 0
        choices = tuple(Choice(content="x", output_tokens=used) for _ in range(sampling.n))
        usage = Usage(input=PROMPT, output=used * sampling.n)
        return Reply(choices=choices, usage=usage, model=self.name)

    async def count(self, request: Request) -> int:
        self.counted += 1
        return PROMPT


class Bench:
    """One problem under a budget, with everything that the meter touches at hand."""

    def __init__(
        self, run: Account | None = None, use: int | None = None, **budget: float | None
    ) -> None:
        self.model = Spender(use)
        self.account = Account(Budget.model_validate(budget), run)
        self.lineage = Lineage()
        self.events: list[Event] = []
        journaled = Journaled(self.model, None)
        self.meter = Meter(journaled, self.account, self.lineage, self.events.append)

    async def refused(self, request: Request) -> BudgetError:
        with pytest.raises(BudgetError) as caught:
            await self.meter(request)
        assert self.account.exhausted == caught.value.limit
        return caught.value


def ask(seed: int = 0, *, depth: int = 0, **sampling: int | None) -> Request:
    return Request(
        messages=(Message(role="user", content="x"),),
        sampling=Sampling.model_validate({"seed": seed, **sampling}),
        origin=Origin(problem="p", agent="a", role="actor", sequential=depth),
    )


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_without_a_budget_a_call_passes_as_it_is():
    bench = Bench()
    await bench.meter(ask())
    assert bench.model.requests == [ask()]
    assert bench.model.counted == 0


async def test_a_call_that_clearly_fits_is_not_measured():
    bench = Bench(total_tokens=1000)
    await bench.meter(ask(max_tokens=50))
    assert bench.model.counted == 0
    assert bench.account.spent == PROMPT + 50


async def test_a_call_that_fits_exactly_is_measured_and_unchanged():
    bench = Bench(total_tokens=PROMPT + 50)
    await bench.meter(ask(max_tokens=50))
    assert bench.model.counted == 1
    assert bench.model.requests == [ask(max_tokens=50)]


async def test_the_cap_shrinks_to_what_is_left():
    bench = Bench(total_tokens=PROMPT + 30)
    await bench.meter(ask(max_tokens=50))
    assert bench.model.requests == [ask(max_tokens=30)]
    assert bench.account.spent == PROMPT + 30


async def test_what_is_left_is_shared_by_the_completions():
    bench = Bench(total_tokens=PROMPT + 4 * 30 + 3)
    await bench.meter(ask(max_tokens=50, n=4))
    assert bench.model.requests == [ask(max_tokens=30, n=4)]


async def test_thinking_and_answer_shrink_in_proportion():
    bench = Bench(total_tokens=PROMPT + 40)
    await bench.meter(ask(max_tokens=25, thinking_tokens=75))
    assert bench.model.requests == [ask(max_tokens=10, thinking_tokens=30)]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"max_tokens": 100}),
        ({"thinking_tokens": 30}, {"max_tokens": 70, "thinking_tokens": 30}),
        ({"thinking_tokens": 90}, {"max_tokens": 50, "thinking_tokens": 50}),
    ],
)
async def test_a_call_without_a_cap_gets_what_is_left(given: dict[str, int], sent: dict[str, int]):
    bench = Bench(total_tokens=PROMPT + 100)
    await bench.meter(ask(**given))
    assert bench.model.requests == [ask(**sent)]


async def test_too_little_is_refused_in_words_and_for_good():
    bench = Bench(total_tokens=100)
    await bench.meter(ask(max_tokens=70))
    error = await bench.refused(ask(1, max_tokens=50))
    assert error.limit == "total_tokens"
    assert str(error) == (
        "the problem's total token budget has run out: 80 of 100 tokens are used, and a prompt of "
        "10 tokens leaves no room for 1 x 16 more"
    )
    assert str(await bench.refused(ask(2, max_tokens=1))) == str(error)
    assert len(bench.model.requests) == 1


async def test_a_call_that_wants_less_than_the_least_is_not_refused_for_it():
    bench = Bench(total_tokens=PROMPT + 1)
    await bench.meter(ask(max_tokens=1))
    assert bench.account.spent == PROMPT + 1


async def test_the_path_to_a_call_counts_against_the_sequential_budget():
    bench = Bench(sequential_tokens=100)
    await bench.meter(ask(depth=60, max_tokens=50, n=3))
    assert bench.model.requests == [ask(depth=60, max_tokens=30, n=3)]
    await bench.meter(ask(1, max_tokens=50))
    error = await bench.refused(ask(2, depth=80, max_tokens=50))
    assert error.limit == "sequential_tokens"
    assert "80 of 100 tokens are used" in str(error)


async def test_calls_are_counted_those_in_flight_too():
    bench = Bench(calls=2)
    bench.model.go.clear()
    first, second = (asyncio.create_task(bench.meter(ask(seed))) for seed in range(2))
    await until(lambda: len(bench.model.requests) == 2)
    error = await bench.refused(ask(2))
    assert (error.limit, str(error)) == (
        "calls",
        "the problem's budget of calls has run out: all 2 calls are made",
    )
    bench.model.go.set()
    await asyncio.gather(first, second)


async def test_a_failed_call_costs_nothing():
    bench = Bench(total_tokens=100, calls=1)
    bench.model.error = ModelError("down")
    with pytest.raises(ModelError):
        await bench.meter(ask(max_tokens=90))
    bench.model.error = None
    await bench.meter(ask(max_tokens=90))
    assert bench.account.spent == 100
    assert bench.account.calls == 1


async def test_a_cancelled_call_costs_nothing():
    bench = Bench(total_tokens=100, calls=1)
    bench.model.go.clear()
    call = asyncio.create_task(bench.meter(ask(max_tokens=90)))
    await until(lambda: bool(bench.model.requests))
    call.cancel()
    await asyncio.wait([call])
    bench.model.go.set()
    await bench.meter(ask(max_tokens=90))
    assert bench.account.spent == 100


async def test_what_was_reserved_and_not_used_is_free_again():
    bench = Bench(total_tokens=300, use=5)
    for seed in range(10):
        await bench.meter(ask(seed, max_tokens=100))
    assert {request.sampling.cap for request in bench.model.requests} == {100}
    assert bench.account.spent == 10 * (PROMPT + 5)


async def test_a_call_waits_for_reservations_that_may_not_be_used():
    bench = Bench(total_tokens=250, use=5)
    bench.model.go.clear()
    calls = [asyncio.create_task(bench.meter(ask(seed, max_tokens=100))) for seed in range(6)]
    await until(lambda: bench.model.counted == 5 and bool(bench.model.requests))
    assert len(bench.model.requests) == 1
    bench.model.go.set()
    await asyncio.gather(*calls)
    assert [request.sampling.seed for request in bench.model.requests] == list(range(6))
    assert {request.sampling.cap for request in bench.model.requests} == {100}


async def test_a_waiting_call_can_be_cancelled():
    bench = Bench(total_tokens=150, use=5)
    bench.model.go.clear()
    calls = [asyncio.create_task(bench.meter(ask(seed, max_tokens=100))) for seed in range(3)]
    await until(lambda: bench.model.counted == 3)
    calls[1].cancel()
    await asyncio.wait([calls[1]])
    bench.model.go.set()
    await asyncio.gather(calls[0], calls[2])
    assert bench.account.spent == 2 * (PROMPT + 5)


async def test_a_server_that_ignores_the_cap_is_settled_at_what_it_used():
    bench = Bench(total_tokens=300, use=400)
    await bench.meter(ask(max_tokens=50))
    assert bench.account.spent == PROMPT + 400
    assert (await bench.refused(ask(1, max_tokens=50))).limit == "total_tokens"


async def test_the_same_call_twice_costs_once():
    bench = Bench(total_tokens=1000, calls=2)
    for _ in range(5):
        await bench.meter(ask(max_tokens=50))
    assert bench.account.spent == bench.lineage.total().total == PROMPT + 50
    assert bench.account.calls == 1


async def test_a_deadline_cuts_the_call_in_flight():
    bench = Bench(seconds=0.01)
    bench.model.go.clear()
    error = await bench.refused(ask())
    assert str(error) == "the problem's time budget has run out: 0.01 s are over"
    assert error.limit == "seconds"
    bench.model.go.set()
    await bench.refused(ask(1))
    assert len(bench.model.requests) == 1


async def test_a_models_own_timeout_is_not_the_deadline():
    bench = Bench(seconds=60)
    bench.model.error = TimeoutError("slow")
    with pytest.raises(TimeoutError, match="slow"):
        await bench.meter(ask())
    assert bench.account.exhausted is None


async def test_the_run_closes_for_every_problem():
    run = Account(Budget(total_tokens=100))
    first, second, third = (Bench(run) for _ in range(3))
    await first.meter(ask(max_tokens=80))
    error = await second.refused(ask(max_tokens=50))
    assert error.limit == "run_total_tokens"
    assert str(error).startswith("the run's total token budget has run out: 90 of 100")
    assert (await third.refused(ask(max_tokens=1))).limit == "run_total_tokens"
    assert run.exhausted == "total_tokens"
    assert run.spent == 90


async def test_a_problems_refusal_leaves_the_run_open():
    run = Account(Budget(total_tokens=1000))
    await Bench(run, total_tokens=20).refused(ask(max_tokens=50))
    await Bench(run).meter(ask(max_tokens=50))
    assert run.exhausted is None


async def test_problems_wait_for_each_other_under_the_run():
    run = Account(Budget(total_tokens=250))
    benches = [Bench(run, use=5, total_tokens=200) for _ in range(6)]
    calls = [bench.meter(ask(max_tokens=100)) for bench in benches]
    await asyncio.gather(*calls)
    assert {bench.model.requests[0].sampling.cap for bench in benches} == {100}
    assert run.spent == 6 * (PROMPT + 5)


async def test_the_runs_deadline_holds_for_problems_without_one():
    bench = Bench(Account(Budget(seconds=0.01)), seconds=60)
    bench.model.go.clear()
    error = await bench.refused(ask())
    assert error.limit == "run_seconds"
    assert "the run's time budget has run out: 0.01 s" in str(error)


async def test_what_an_earlier_start_spent_counts():
    run = Account(Budget(total_tokens=100), spent=70)
    bench = Bench(run)
    await bench.meter(ask(max_tokens=50))
    assert bench.model.requests == [ask(max_tokens=20)]


async def test_calls_enter_the_lineage_and_are_told():
    bench = Bench(total_tokens=1000)
    reply = await bench.meter(ask(max_tokens=50))
    await bench.meter(ask(max_tokens=50))
    assert bench.lineage.calls[reply.key].usage == reply.usage
    started, finished, _, again = bench.events
    assert started == CallStarted(ask().origin)
    assert isinstance(finished, CallFinished)
    assert isinstance(again, CallFinished)
    assert (finished.usage, finished.replayed, finished.error) == (reply.usage, False, "")
    assert again.replayed


async def test_failures_are_told_and_refusals_never_start():
    bench = Bench(calls=1)
    bench.model.error = ModelError("the server is down")
    with pytest.raises(ModelError):
        await bench.meter(ask())
    bench.model.error = None
    await bench.meter(ask())
    await bench.refused(ask(1))
    kinds = [type(event) for event in bench.events]
    assert kinds == [CallStarted, CallFinished, CallStarted, CallFinished]
    failed = bench.events[1]
    assert isinstance(failed, CallFinished)
    assert (failed.error, failed.usage) == ("the server is down", Usage())


async def test_a_call_cut_short_is_told_as_cancelled():
    bench = Bench(seconds=0.01)
    bench.model.go.clear()
    await bench.refused(ask())
    finished = bench.events[-1]
    assert isinstance(finished, CallFinished)
    assert finished.error == "cancelled"
