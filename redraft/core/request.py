"""A request to a model and its reply, independent of any wire format."""

import hashlib
import json
from collections.abc import Callable
from typing import Literal

from pydantic import Field

from redraft.core.messages import Message, ToolCall, ToolSpec, Usage
from redraft.core.values import Value

Finish = Literal["stop", "length", "tool_calls", "content_filter", "error"]


class Sampling(Value):
    """How to sample. `None` leaves the choice to the server.

    `max_tokens` bounds the answer, `thinking_tokens` the reasoning before it (both in tokens);
    with `thinking_tokens` set, a call may produce up to the sum of the two. `n` completions of
    one prompt travel as one request.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    thinking_tokens: int | None = None
    seed: int | None = None
    n: int = 1
    stop: tuple[str, ...] = ()

    @property
    def cap(self) -> int | None:
        """The most tokens that one completion may have, `None` when the server decides."""
        if self.max_tokens is None:
            return None
        return self.max_tokens + (self.thinking_tokens or 0)


class Asked(Value):
    """What is asked of a run's answer, and of nothing before it.

    `sampling` and `output_schema` hold for the calls that write the answer, `tools` for the first.
    """

    sampling: Sampling = Sampling()
    output_schema: dict[str, object] | None = None
    tools: tuple[ToolSpec, ...] = ()

    def over(self, own: Sampling) -> Sampling:
        """`own` with what is asked laid over it; of two caps the smaller holds."""
        given = self.sampling.model_dump(exclude_none=True, exclude_defaults=True)
        caps = [cap for cap in (own.max_tokens, self.sampling.max_tokens) if cap is not None]
        return own.model_copy(update={**given, "max_tokens": min(caps, default=None)})


class Delta(Value):
    """A piece of a completion that is still being written."""

    content: str = ""
    reasoning: str = ""


class Origin(Value):
    """Who asks, for which problem, and how many tokens deep the path to this call already is.

    `final` says that the reply is the run's answer, unless it cannot be read.
    """

    problem: str = ""
    agent: str = ""
    role: str = ""
    sequential: int = 0
    final: bool = False


class Request(Value):
    """One call. Only `origin` and `on_delta` never reach the server.

    `priority` says who goes first where calls wait, here and at a server that schedules by it: the
    lower the earlier. Chat has -1 and batches 0. It is no part of what is asked.

    `on_delta` hears a single completion as it is written, where the model can tell; a call that
    fails after its first piece is not asked again. It is no part of what is asked.
    `continue_final` asks the model to go on writing the last message, an assistant message.
    `output_schema` is a JSON schema that the reply's content must follow.
    """

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    tools: tuple[ToolSpec, ...] = ()
    output_schema: dict[str, object] | None = None
    continue_final: bool = False
    origin: Origin = Origin()
    priority: int = 0
    on_delta: Callable[[Delta], None] | None = Field(default=None, exclude=True, repr=False)

    def key(self, model: str) -> str:
        """The journal's key: a hash of problem, role, model and the canonical request."""
        body = self.model_dump_json(exclude={"origin", "on_delta", "priority"})
        text = "\x1f".join((self.origin.problem, self.origin.role, model, body))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def prompt_bound(self) -> int:
        """At least as many tokens as the prompt has, without a tokenizer.

        The bytes of all texts, 32 for each and 64: a byte-level BPE token covers at least one
        byte, so texts cannot have more tokens than bytes; the rest is room for what a chat
        template adds around messages and before them. 256 more are room for a preamble of tools.
        """
        texts = [message.content + message.reasoning for message in self.messages]
        calls = [call for message in self.messages for call in message.tool_calls]
        texts += [part.model_dump_json() for part in (*calls, *self.tools)]
        if self.output_schema is not None:
            texts.append(json.dumps(self.output_schema))
        size = sum(len(text.encode()) for text in texts)
        return size + 32 * len(texts) + 64 + (256 if self.tools else 0)


class Choice(Value):
    """One completion. `output_tokens` counts this completion alone, its reasoning included.

    `estimated` says that the server gave only the sum of several and this share was apportioned.
    """

    content: str
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish: Finish = "stop"
    output_tokens: int = 0
    estimated: bool = False


class Reply(Value):
    """All completions of one request. `usage` is the whole call's; `seconds` its wall time.

    `key` is the journal's key of the call, which is also its name in the lineage; `replayed`
    says that the journal answered and nothing was paid. `prompts` is how often the prompt was
    sent: once, except to a server that gives one completion at a time.
    """

    choices: tuple[Choice, ...]
    usage: Usage
    model: str = ""
    seconds: float = 0.0
    key: str = ""
    replayed: bool = False
    prompts: int = 1

    def usage_of(self, index: int) -> Usage:
        """What completion `index` alone cost: the whole prompt and its own tokens."""
        if len(self.choices) == 1:
            return self.usage
        choice = self.choices[index]
        share = choice.output_tokens / self.usage.output if self.usage.output else 0.0
        return Usage(
            input=self.usage.input // self.prompts,
            output=choice.output_tokens,
            reasoning=round(self.usage.reasoning * share),
            cached=self.usage.cached // self.prompts,
            estimated=self.usage.estimated or choice.estimated,
        )
