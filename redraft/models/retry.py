"""Asking again after failures that pass: the only place where transport errors are retried."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import Field
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from redraft.core import Model, ModelError, Reply, Request, Value
from redraft.models.wrapper import Wrapper

Q = TypeVar("Q")
T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class RetryPolicy(Value):
    """How often and how long. The wait before attempt `k + 1` is `initial * 2**(k - 1)` seconds.

    It is at most `maximum`, plus up to `jitter` of itself by chance. A server's `Retry-After` is
    waited for instead where it is longer, up to `longest` seconds; a server that asks for more
    is not asked again.
    """

    attempts: int = Field(default=6, ge=1)
    initial: float = Field(default=0.5, ge=0)
    maximum: float = Field(default=30.0, ge=0)
    jitter: float = Field(default=0.25, ge=0)
    longest: float = Field(default=300.0, ge=0)


class Attempts:
    """Asks again while an error is transient, and never otherwise.

    The last error comes out as it is, with the attempts named. `sleep` and `chance` (a random
    number in [0, 1)) are parameters so that a test decides them.
    """

    def __init__(
        self,
        policy: RetryPolicy = RetryPolicy(),
        *,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._policy = policy
        self._chance = chance
        self._retrying = AsyncRetrying(
            retry=retry_if_exception(self._heals),
            stop=stop_after_attempt(policy.attempts),
            wait=self._wait,
            sleep=sleep,
            reraise=True,
        )

    async def __call__(self, ask: Callable[[Q], Awaitable[T]], question: Q) -> T:
        """What `ask` says to `question`, asked up to `policy.attempts` times."""
        tries = self._retrying.copy()
        try:
            return await tries(ask, question)
        except ModelError as error:
            made = tries.statistics["attempt_number"]
            if made == 1:
                raise
            raise ModelError(
                f"{error} (after {made} attempts)",
                status=error.status,
                transient=error.transient,
                retry_after=error.retry_after,
            ) from error

    def _heals(self, error: BaseException) -> bool:
        return (
            isinstance(error, ModelError)
            and error.transient
            and (error.retry_after or 0.0) <= self._policy.longest
        )

    def _wait(self, state: RetryCallState) -> float:
        policy = self._policy
        step = min(policy.maximum, policy.initial * 2 ** (state.attempt_number - 1))
        wait = step * (1 + policy.jitter * self._chance())
        error = state.outcome.exception() if state.outcome else None
        wish = error.retry_after if isinstance(error, ModelError) else None
        return max(wait, wish or 0.0)


class Retry(Wrapper):
    """A model that is asked again when its error is transient; see `Attempts`."""

    def __init__(
        self,
        inner: Model,
        policy: RetryPolicy = RetryPolicy(),
        *,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(inner)
        self._attempts = Attempts(policy, sleep=sleep, chance=chance)

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`, asking up to `policy.attempts` times."""
        return await self._attempts(self.inner, request)

    async def count(self, request: Request) -> int:
        """Tokens of the prompt, asking as often as for a reply."""
        return await self._attempts(self.inner.count, request)
