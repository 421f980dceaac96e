"""Budgets as accounts: a call reserves what it may cost before it is made, and settles after.

A problem's account has the run's account above it, and a call must fit into both. What is spent
and what is reserved never exceed a token budget together, so no interleaving of calls can.
"""

import asyncio
import time
from contextlib import AsyncExitStack

from redraft.core import Budget, BudgetError, Value

_NAMES = {
    "total_tokens": "total token budget",
    "sequential_tokens": "sequential token budget",
    "calls": "budget of calls",
    "seconds": "time budget",
}
_RUN = "run_"


class Size(Value):
    """What a call needs: its prompt and how deep that stands, in tokens, and its completions."""

    prompt: int
    n: int = 1
    sequential: int = 0


class Account:
    """What is left of `budget`, and of `run`'s above it.

    `least` is the smallest cap in tokens that is worth a call. `spent` tokens were used before,
    by problems that an earlier start of the run has finished. The clock of `budget.seconds`
    starts now.

    An account that has refused a call refuses all that follow. `exhausted` then names the limit:
    `"total_tokens"`, `"sequential_tokens"`, `"calls"` or `"seconds"`, with `"run_"` before it
    when it was the run's.
    """

    def __init__(
        self, budget: Budget, run: "Account | None" = None, *, spent: int = 0, least: int = 16
    ) -> None:
        self.exhausted: str | None = None
        self.spent = spent
        self.calls = 0
        self._budget = budget
        self._least = least
        self._reserved = 0
        self._deadline = None if budget.seconds is None else time.monotonic() + budget.seconds
        self._why = ""
        self._turn = asyncio.Lock()
        self._settled = asyncio.Event()
        self._levels = {"": self} if run is None else {"": self, _RUN: run}

    @property
    def bounds_tokens(self) -> bool:
        """Whether a call must be measured before it is made."""
        return any(level._budget.bounds_tokens for level in self._levels.values())

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the earlier of the two deadlines."""
        ends = [one._deadline for one in self._levels.values() if one._deadline is not None]
        return min(ends) - time.monotonic() if ends else None

    def check(self) -> None:
        """Raise `BudgetError` when no further call may be made, whatever its size."""
        for prefix, level in self._levels.items():
            if level.exhausted is not None:
                self.exhausted = prefix + level.exhausted
                raise BudgetError(level._why, limit=self.exhausted)
            limit = level._budget.calls
            if limit is not None and level.calls >= limit:
                raise self._refuse(f"{prefix}calls", f"all {limit} calls are made")
        left = self.seconds_left
        if left is not None and left <= 0:
            raise self.out_of_time()

    def fits(self, size: Size, cap: int) -> bool:
        """Whether a call with `cap` fits at once, and nobody waits who came before it."""
        waiting = any(level._turn.locked() for level in self._levels.values())
        return not waiting and self._room(size)[0] >= cap

    async def fit(self, size: Size, wanted: int | None) -> int:
        """Wait until a call can be made and reserve it; returns its cap per completion.

        That is `wanted` where it fits; `None` wants all there is. Where it does not fit, calls in
        flight may yet cost less than they reserved: it waits for them, first come, first served,
        and once none is left takes what remains. Raises `BudgetError` when that is too little.
        """
        async with AsyncExitStack() as turns:
            for level in self._levels.values():
                await turns.enter_async_context(level._turn)
            while True:
                self.check()
                room, limit = self._room(size)
                level = self._levels[_RUN if limit.startswith(_RUN) else ""]
                waits = level._reserved > 0 and limit.endswith("total_tokens")
                if not waits or (wanted is not None and room >= wanted):
                    break
                level._settled.clear()
                await level._settled.wait()
            if room < min(self._least, wanted or self._least):
                raise self._too_large(size, limit)
            cap = room if wanted is None else min(room, wanted)
            self.reserve(size.prompt + cap * size.n)
            return cap

    def reserve(self, tokens: int) -> None:
        """Enter a call that may cost `tokens`; end it with `settle` or `release`."""
        for level in self._levels.values():
            level.calls += 1
            level._reserved += tokens

    def settle(self, reserved: int, spent: int) -> None:
        """Enter what a call cost in truth, also where that is more than it had reserved."""
        for level in self._levels.values():
            level._reserved -= reserved
            level.spent += spent
            level._settled.set()

    def release(self, reserved: int) -> None:
        """Take back a call that cost nothing."""
        for level in self._levels.values():
            level.calls -= 1
        self.settle(reserved, 0)

    def out_of_time(self) -> BudgetError:
        """Close the account because its deadline, or the run's, has come; the error to raise."""
        _, prefix, seconds = min(
            (level._deadline, prefix, level._budget.seconds)
            for prefix, level in self._levels.items()
            if level._deadline is not None
        )
        return self._refuse(f"{prefix}seconds", f"{seconds:g} s are over")

    def _refuse(self, limit: str, detail: str) -> BudgetError:
        name = limit.removeprefix(_RUN)
        whose = "problem" if limit == name else "run"
        why = f"the {whose}'s {_NAMES[name]} has run out: {detail}"
        self.exhausted, self._why = limit, why
        if limit != name:
            self._levels[_RUN].exhausted, self._levels[_RUN]._why = name, why
        return BudgetError(why, limit=limit)

    def _room(self, size: Size) -> tuple[int, str]:
        """Tokens left for each completion, and the limit that leaves so few."""
        rooms: list[tuple[int, str]] = []
        for prefix, level in self._levels.items():
            total, sequential = level._budget.total_tokens, level._budget.sequential_tokens
            if total is not None:
                left = total - level.spent - level._reserved - size.prompt
                rooms.append((left // size.n, f"{prefix}total_tokens"))
            if sequential is not None:
                left = sequential - size.sequential - size.prompt
                rooms.append((left, f"{prefix}sequential_tokens"))
        return min(rooms)

    def _too_large(self, size: Size, limit: str) -> BudgetError:
        level = self._levels[_RUN if limit.startswith(_RUN) else ""]
        if limit.endswith("sequential_tokens"):
            used, whole = size.sequential, level._budget.sequential_tokens
        else:
            used, whole = level.spent, level._budget.total_tokens
        return self._refuse(
            limit,
            f"{used} of {whole} tokens are used, and a prompt of {size.prompt} tokens leaves no "
            f"room for {size.n} x {self._least} more",
        )
