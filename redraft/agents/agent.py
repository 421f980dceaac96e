"""An agent as a value, and the one call that takes it from a problem to artifacts.

A call fills the prompt, asks the role's model, forces an answer where thinking used up its
tokens, reads each completion, and asks once more for a completion that cannot be read.
"""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from pydantic import BaseModel

from redraft.core import (
    Artifact,
    BudgetError,
    Choice,
    Context,
    Message,
    ModelError,
    Origin,
    OutputError,
    Problem,
    Prompt,
    RedraftError,
    Reply,
    Request,
    Sampling,
    Usage,
)

A = TypeVar("A", bound=Artifact)

CALL_ERRORS = (ModelError, BudgetError, OutputError)
"""What may go wrong with one call while its siblings go on."""


@dataclass(frozen=True, slots=True)
class Agent(Generic[A]):
    """Who speaks (`role` chooses the model), with which prompt, and how the text is read.

    `read` makes an artifact of a completion or raises `OutputError`. `output` is the shape of the
    reply where it must be JSON; a prompt whose contract says `reply: lines` is sent without it.
    `name` tells agents of one role apart in seeds and accounts. `final` says that what it replies
    is the run's answer: somebody who waits for that may read it while it is written.
    """

    name: str
    role: str
    prompt: str
    read: Callable[[Choice, Problem], A]
    sampling: Sampling = Sampling()
    output: type[BaseModel] | None = None
    final: bool = False

    def answering(self, final: bool = True) -> "Agent[A]":
        """The same agent, saying whether its reply is the run's answer."""
        return replace(self, final=final)

    def sampled(self, sampling: Sampling) -> "Agent[A]":
        """The same agent, sampling otherwise."""
        return replace(self, sampling=sampling)

    async def __call__(
        self,
        context: Context,
        problem: Problem,
        *,
        parents: Sequence[Artifact] = (),
        values: Mapping[str, str] | None = None,
        index: int = 0,
        n: int = 1,
    ) -> list[A]:
        """Ask for `n` completions in one request and enter their artifacts into the lineage.

        `parents` are the artifacts shown in `values`; `index` tells this call from others of the
        same agent on the same problem. Completions that stay unreadable are kept as failures;
        when all of them do, the first failure is raised.
        """
        talk = _Talk(self, context, problem, tuple(parents), index)
        return await talk.run({"problem": problem.text, **(values or {})}, n)


@dataclass(slots=True)
class _Draft:
    """One completion on its way to an artifact, with all the calls that it took."""

    messages: tuple[Message, ...]
    choice: Choice
    calls: tuple[str, ...]
    usage: Usage
    model: str


@dataclass(frozen=True, slots=True)
class _Talk(Generic[A]):
    """One call of an agent: the exchange with its model, from prompt to artifacts."""

    agent: Agent[A]
    context: Context
    problem: Problem
    parents: tuple[Artifact, ...]
    index: int
    errors: list[RedraftError] = field(default_factory=list[RedraftError])

    async def run(self, values: Mapping[str, str], n: int) -> list[A]:
        messages = _after(self.problem.history, self._prompt(self.agent.prompt).fill(values))
        reply = await self._ask(messages, self._sampling(n), final=self.agent.final)
        drafts = [
            _Draft(messages, choice, (reply.key,), reply.usage_of(i), reply.model)
            for i, choice in enumerate(reply.choices)
        ]
        if len(drafts) == 1:
            made = [await self._finish(drafts[0], 0)]
        else:
            made = await asyncio.gather(*(self._finish(d, i) for i, d in enumerate(drafts)))
        artifacts = [artifact for artifact in made if artifact is not None]
        if not artifacts:
            raise self.errors[0]
        for error in self.errors:
            self.context.fail(error, self.agent.name)
        return artifacts

    async def _finish(self, draft: _Draft, place: int) -> A | None:
        if _cut_at_thought(draft.choice, self._sampling(1)):
            await self._answer(draft)
        try:
            artifact = await self._read(draft)
        except CALL_ERRORS as error:
            self.errors.append(error)
            return None
        named = artifact.model_copy(
            update={
                "agent": self.agent.name,
                "role": self.agent.role,
                "model": draft.model,
                "calls": draft.calls,
                "usage": draft.usage,
            }
        )
        return self.context.add(self.problem, named, self.parents, place)

    async def _read(self, draft: _Draft) -> A:
        try:
            return self.agent.read(draft.choice, self.problem)
        except OutputError as error:
            repair = self._prompt("repair").fill({"error": str(error)})
        said = Message(role="assistant", content=draft.choice.content)
        await self._go_on(draft, (*draft.messages, said, *repair))
        return self.agent.read(draft.choice, self.problem)

    async def _answer(self, draft: _Draft) -> None:
        """Have the model go on from thinking that was cut: to an answer, or with the one begun.

        Where that cannot be asked, the draft stands as it is.
        """
        cut = draft.choice
        name = "continue" if cut.content.strip() else "force"
        values = {"reasoning": cut.reasoning, "content": cut.content}
        so_far = self._prompt(name).fill(values)
        try:
            await self._go_on(draft, (*draft.messages, *so_far), continue_final=True)
        except CALL_ERRORS as error:
            self.context.fail(error, self.agent.name)
            return
        begun = cut.content or so_far[-1].content.rpartition("</think>")[2].lstrip()
        whole = {"content": begun + draft.choice.content, "reasoning": cut.reasoning}
        draft.choice = draft.choice.model_copy(update=whole)

    async def _go_on(
        self, draft: _Draft, messages: tuple[Message, ...], *, continue_final: bool = False
    ) -> None:
        """A further call for the same artifact; its cost joins the artifact's own."""
        sampling = self._sampling(1).model_copy(update={"thinking_tokens": None})
        spent = draft.usage.total
        reply = await self._ask(messages, sampling, continue_final=continue_final, spent=spent)
        draft.choice = reply.choices[0]
        draft.calls = (*draft.calls, reply.key)
        draft.usage = draft.usage + reply.usage

    def _prompt(self, name: str) -> Prompt:
        return self.context.prompt(name, self.agent.role)

    def _schema(self) -> dict[str, object] | None:
        asked = self.context.asked.output_schema
        if self.agent.final and asked is not None:
            return asked
        output = self.agent.output
        if output is None or self._prompt(self.agent.prompt).lines:
            return None
        return _schema_of(output)

    def _sampling(self, n: int) -> Sampling:
        agent = self.agent
        sampling = self.context.sampling_for(agent.role, agent.sampling)
        if agent.final:
            sampling = self.context.asked.over(sampling)
        seed = self.context.seed_for(self.problem, agent.name, self.index)
        return sampling.model_copy(update={"n": n, "seed": seed})

    async def _ask(
        self,
        messages: tuple[Message, ...],
        sampling: Sampling,
        *,
        continue_final: bool = False,
        final: bool = False,
        spent: int = 0,
    ) -> Reply:
        agent = self.agent
        sequential = self.context.lineage.sequential(self.parents) + spent
        request = Request(
            messages=messages,
            sampling=sampling,
            tools=self.context.asked.tools if final else (),
            output_schema=self._schema(),
            continue_final=continue_final,
            origin=Origin(
                problem=self.problem.key,
                agent=agent.name,
                role=agent.role,
                sequential=sequential,
                final=final,
            ),
        )
        return await self.context.model(agent.role)(request)


def _after(history: Sequence[Message], prompt: tuple[Message, ...]) -> tuple[Message, ...]:
    """`prompt` with the conversation before it; all system messages are one, at the beginning.

    Chat templates of many models take no other.
    """
    if not history:
        return prompt
    both = (*prompt, *history)
    system = "\n\n".join(message.content for message in both if message.role == "system")
    first = (Message(role="system", content=system),) if system else ()
    turns = (message for message in (*history, *prompt) if message.role != "system")
    return (*first, *turns)


@functools.cache
def _schema_of(output: type[BaseModel]) -> dict[str, object]:
    return output.model_json_schema()


def _cut_at_thought(choice: Choice, sampling: Sampling) -> bool:
    """Whether the bound on thinking ended `choice`, rather than the one on its answer.

    A server that cannot bound thinking by itself ends the whole completion there.
    """
    if choice.finish != "length" or sampling.thinking_tokens is None:
        return False
    answer = sampling.max_tokens or 0
    return (
        not choice.content.strip() or choice.output_tokens <= sampling.thinking_tokens + answer // 2
    )
