"""One run of a graph or one call of a model, told while it goes on."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from pydantic_core import from_json

from redraft.core import (
    DEFAULT_ROLE,
    Asked,
    Context,
    Delta,
    Event,
    Finish,
    Message,
    Origin,
    Request,
    Solution,
    TextCame,
    Usage,
)
from redraft.graphs import Outcome, run
from redraft.server.cutting import shortened, until_stop
from redraft.server.errors import NO_RETRY, ApiError, as_api_error
from redraft.server.narrator import Narrator
from redraft.server.order import Notes, Order, Question
from redraft.server.pieces import Ended, Said, Tell, Work
from redraft.server.service import Service

TICK_SECONDS = 1.0


def solving(service: Service, order: Order) -> Work:
    """Runs a graph: its progress as reasoning, then the answer as content."""

    async def work(tell: Tell) -> Ended:
        telling, notes = _Telling(tell), Notes()
        context = service.context(order, notes, telling.hear)
        runs = run if order.thread is None else order.thread.run
        async with _watched(telling):
            outcome = await runs(order.graph, order.problem, context)
        if notes.calls:
            tell(Said(calls=notes.calls))
            return Ended(("tool_calls",), _usage(context, notes.visible))
        if outcome.asks is not None:
            telling.end(outcome.asks)
            return Ended(("stop",), _usage(context, _visible(_drafts(context, outcome.final))))
        final = _final(outcome, context, notes)
        said, stopped = until_stop(final.text, order.stop)
        text = await _capped(order, context, final, said)
        telling.end(text)
        cut = text != said or (final.truncated and not stopped)
        finish: Finish = "length" if cut else "stop"
        if not (cut or stopped):
            _check_shape(order.asked, text)
        return Ended((finish,), _usage(context, _visible(_drafts(context, final))))

    return work


def asking(service: Service, question: Question, n: int) -> Work:
    """Asks a plain model for `n` answers, without a graph."""

    async def work(tell: Tell) -> Ended:
        told: list[Delta] = []

        def hear(delta: Delta) -> None:
            told.append(delta)
            if delta.reasoning:
                tell(Said(reasoning=delta.reasoning))
            if delta.content:
                tell(Said(content=delta.content))

        asked = question.asked
        request = Request(
            messages=question.messages,
            sampling=asked.sampling.model_copy(update={"n": n}),
            tools=asked.tools,
            output_schema=asked.output_schema,
            # Two requests that say the same are two calls: the name tells them apart.
            origin=Origin(problem=question.name, agent="chat", role=question.role),
            on_delta=hear if n == 1 else None,
        )
        reply = await service.models[question.role](request)
        for place, choice in enumerate(reply.choices):
            if not told and choice.reasoning:
                tell(Said(reasoning=choice.reasoning, index=place))
            if not told and choice.content:
                tell(Said(content=choice.content, index=place))
            if choice.tool_calls:
                tell(Said(calls=choice.tool_calls, index=place))
            elif choice.finish == "stop" and not asked.sampling.stop:
                _check_shape(asked, choice.content)
        return Ended(tuple(choice.finish for choice in reply.choices), reply.usage)

    return work


def _check_shape(asked: Asked, text: str) -> None:
    """Raise a 500 for a whole answer that was to follow a schema and is not even JSON.

    A server that knows no schemas is asked without one.
    """
    if asked.output_schema is None:
        return
    try:
        from_json(text)
    except ValueError:
        why = "response_format: the answer is not JSON; the model's server may not know schemas"
        raise ApiError(500, why, param="response_format", headers=NO_RETRY) from None


def _final(outcome: Outcome, context: Context, notes: Notes) -> Solution:
    """The answer; raises what kept the run from one, as a client is to be told."""
    asked = context.asked.output_schema is not None
    if outcome.final is not None and (notes.answered or not asked):
        return outcome.final
    refusals = [failure for failure in outcome.failures if failure.kind == "budget"]
    if refusals:
        raise ApiError(400, refusals[0].message, code="budget_exhausted")
    if notes.error is not None:
        raise as_api_error(notes.error)
    why = outcome.failures[-1].message if outcome.failures else "no answer was found"
    raise ApiError(500, f"the graph ended without an answer: {why}", headers=NO_RETRY)


async def _capped(order: Order, context: Context, final: Solution, said: str) -> str:
    """`said` within its cap, where the call that wrote `final` was not known to be the last."""
    cap = order.asked.sampling.max_tokens
    if cap is None:
        return said
    author = _drafts(context, final)
    model = context.model(author[-1].role if author else DEFAULT_ROLE)

    async def count(text: str) -> int:
        empty, full = (
            Request(messages=(Message(role="user", content=said),)) for said in ("", text)
        )
        return await model.count(full) - await model.count(empty)

    return await shortened(said, cap, _visible(author), count)


def _drafts(context: Context, final: Solution | None) -> Sequence[Solution]:
    """The drafts that say what the answer says: a vote's choice costs nothing itself."""
    if final is None:
        return ()
    made = (one for one in context.lineage.artifacts.values() if isinstance(one, Solution))
    return [one for one in made if one.text == final.text and one.calls]


def _visible(drafts: Sequence[Solution]) -> int:
    return max((one.usage.output - one.usage.reasoning for one in drafts), default=0)


def _usage(context: Context, visible: int) -> Usage:
    """All calls of a run; what is not among the `visible` tokens of its end counts as reasoning."""
    total = context.lineage.total()
    return total.model_copy(update={"reasoning": max(0, total.output - visible)})


@asynccontextmanager
async def _watched(telling: "_Telling") -> AsyncGenerator[None]:
    """Has `telling` say from time to time what is under way."""

    async def watch() -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            telling.wait()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()


class _Telling:
    """Turns events into pieces: the story first, then the answer."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._narrator = Narrator()
        self._heard = ""
        self._thinks = False

    def hear(self, event: Event) -> None:
        if isinstance(event, TextCame):
            if event.delta.reasoning:
                self._thinks = True
                self._tell(Said(reasoning=event.delta.reasoning))
            self._say(event.delta.content)
        else:
            self._narrate(self._narrator.hear(event))

    def wait(self) -> None:
        """Say what is under way, where that is due and the answer's own thought is not heard."""
        if not self._thinks:
            self._narrate(self._narrator.wait())

    def end(self, answer: str) -> None:
        """Say what of `answer` has not been said."""
        if not self._heard:
            self._narrate(self._narrator.rest())
            self._say(answer)
        elif answer.startswith(self._heard):
            self._say(answer.removeprefix(self._heard))
        elif answer.strip() != self._heard.strip():
            self._say(f"\n\n{answer}")

    def _narrate(self, story: str) -> None:
        """Go on with the story, which has no place after the answer began."""
        if story and not self._heard:
            self._tell(Said(reasoning=f"\n\n{story}" if self._thinks else story))
            self._thinks = False

    def _say(self, text: str) -> None:
        self._heard += text
        if text:
            self._tell(Said(content=text))
