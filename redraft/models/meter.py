"""A model under a budget: what a call may cost is reserved before it, what it cost settled after.

Also the one place where calls enter the lineage and where their events are emitted.
"""

import asyncio
import time
from collections.abc import Callable

from redraft.core import (
    CANCELLED,
    CallFinished,
    CallStarted,
    Delta,
    Lineage,
    Model,
    Origin,
    Reply,
    Request,
    Sampling,
    Sink,
    TextCame,
    Usage,
    ignore,
)
from redraft.models.account import Account, Size
from redraft.models.wrapper import Wrapper


def nobody(origin: Origin) -> bool:
    """Listens to no call."""
    return False


class Meter(Wrapper):
    """One problem's view of a model. Stands outside `Journaled`, whose keys it needs.

    A call that does not fit its token budget gets a smaller cap: thinking and answer shrink in
    proportion. A call without a cap gets what is left. A replay costs what the call once cost,
    so that a resumed problem decides as it did; the same call twice costs once. The text of a
    call for one completion that `hears` names is emitted as it comes.
    """

    def __init__(
        self,
        inner: Model,
        account: Account,
        lineage: Lineage,
        emit: Sink = ignore,
        hears: Callable[[Origin], bool] = nobody,
    ) -> None:
        super().__init__(inner)
        self._account = account
        self._lineage = lineage
        self._emit = emit
        self._hears = hears

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`; raises `BudgetError` when it is refused or cut by the deadline."""
        left = self._account.seconds_left
        if left is None:
            return await self._metered(request)
        scope = asyncio.timeout(left)
        try:
            async with scope:
                return await self._metered(request)
        except TimeoutError:
            if scope.expired():
                raise self._account.out_of_time() from None
            raise

    async def _metered(self, request: Request) -> Reply:
        request, reserved = await self._admit(request)
        self._emit(CallStarted(request.origin, request.sampling.n))
        started = time.perf_counter()
        try:
            reply = await self.inner(self._heard(request))
        except BaseException as error:
            self._account.release(reserved)
            why = CANCELLED if isinstance(error, asyncio.CancelledError) else str(error)
            self._finished(request, Usage(), started, error=why or type(error).__name__)
            raise
        known = reply.key in self._lineage.calls
        if known:
            self._account.release(reserved)
        else:
            self._account.settle(reserved, reply.usage.total)
            self._lineage.note(request.origin, reply)
        self._finished(request, reply.usage, started, replayed=known or reply.replayed)
        return reply

    def _heard(self, request: Request) -> Request:
        if request.sampling.n != 1 or not self._hears(request.origin):
            return request

        def came(delta: Delta) -> None:
            self._emit(TextCame(request.origin, delta))

        return request.model_copy(update={"on_delta": came})

    def _finished(
        self,
        request: Request,
        usage: Usage,
        started: float,
        *,
        replayed: bool = False,
        error: str = "",
    ) -> None:
        seconds = time.perf_counter() - started
        n = request.sampling.n
        self._emit(CallFinished(request.origin, usage, seconds, replayed, error, n))

    async def _admit(self, request: Request) -> tuple[Request, int]:
        """The request as it may be sent, and the tokens reserved for it."""
        account, sampling = self._account, request.sampling
        account.check()
        if not account.bounds_tokens:
            account.reserve(0)
            return request, 0
        wanted, depth = sampling.cap, request.origin.sequential
        bound = Size(prompt=request.prompt_bound(), n=sampling.n, sequential=depth)
        if wanted is not None and account.fits(bound, wanted):
            reserved = bound.prompt + wanted * sampling.n
            account.reserve(reserved)
            return request, reserved
        exact = bound.model_copy(update={"prompt": await self.inner.count(request)})
        cap = await account.fit(exact, wanted)
        if cap != wanted:
            request = request.model_copy(update={"sampling": capped(sampling, cap)})
        return request, exact.prompt + cap * sampling.n


def capped(sampling: Sampling, cap: int) -> Sampling:
    """`sampling` with `cap` tokens for thinking and answer, shared as they were.

    Where the answer had no cap of its own, thinking keeps its own, up to half of `cap`.
    """
    thinking = sampling.thinking_tokens
    if thinking is None:
        return sampling.model_copy(update={"max_tokens": cap})
    thinking = min(thinking, cap // 2) if sampling.cap is None else thinking * cap // sampling.cap
    caps = {"max_tokens": cap - thinking, "thinking_tokens": thinking}
    return sampling.model_copy(update=caps)
