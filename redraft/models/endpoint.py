"""A model behind any OpenAI-compatible server, such as a running `vllm serve`.

Every call is one HTTP request through the OpenAI SDK over aiohttp; its body is read here and not
by the SDK, which halves the CPU time of a call.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

from pydantic_core import from_json

from redraft.core import Delta, InputError, ModelError, Reply, Request
from redraft.models.abilities import Abilities, abilities
from redraft.models.channel import Channel
from redraft.models.errors import Address
from redraft.models.singly import ask_singly, refuses_n
from redraft.models.streamed import Assembly
from redraft.models.wire import Body, body_of, messages_of, prompt_fields, reply_of

Hear = Callable[[Delta], None]
# Fields that a server may refuse and that a request can go without, and their abilities.
_OPTIONAL = {"response_format": "json_schema", "priority": "priority"}
_REFUSALS = {
    "response_format": ("response_format", "json_schema", "structured output"),
    "priority": ("priority",),
}
_SMALLEST = [{"role": "user", "content": "x"}]


class Endpoint:
    """`Endpoint("http://127.0.0.1:8000/v1", "Qwen/Qwen3-4B")`: a `Model`.

    `url` is the API's base; without a path, `/v1` is meant. `timeout` bounds a whole call, in
    seconds. Any number of calls may be in flight: wrap it in `Limit` to bound them. Cancelling a
    call closes its connection, at which vLLM stops generating. `async with` closes the endpoint's
    connections when its last user leaves; `redraft.solve` is one of them.

    **Thinking.** Reasoning is read from `reasoning`, `reasoning_content` or `<think>` tags.
    Without `Sampling.thinking_tokens`, `max_tokens` bounds reasoning and answer together. With
    it, `t = thinking_tokens` and `m = max_tokens`:

    - A server that takes `thinking_token_budget` (vLLM with `--reasoning-config`) gets that budget,
      and `m + t` as its cap: it ends the thinking itself and goes on to the answer.
    - Another vLLM gets `t` as its cap. A choice with `finish="length"`, reasoning and no content
      ran out of thought: close the thinking and ask on with `continue_final` for up to `m`
      tokens, as `redraft.agents` does. Content with `finish="length"` was cut and can be
      continued in the same way.
    - A server that is not vLLM cannot be asked to go on; it gets `m + t` as its cap.

    Which of these holds is learnt from the first such request and kept in `probe()`.
    """

    def __init__(
        self, url: str, model: str, *, api_key: str = "EMPTY", timeout: float = 600.0
    ) -> None:
        self._url = base_url(url)
        self._model = model
        self._address = Address(self._url, model, "" if api_key == "EMPTY" else api_key)
        self._channel = Channel(self._address, api_key, timeout)
        self._abilities: Abilities | None = None
        self._asking = asyncio.Lock()
        self._users = 0
        self._singly = False

    @property
    def name(self) -> str:
        """The model's name at the server."""
        return self._model

    @property
    def url(self) -> str:
        """The base URL, as it is used."""
        return self._url

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`; raises `ModelError` with the server named.

        The reply's usage is the server's own report; see `redraft.models.usage` for what is
        apportioned or estimated where it has none. A server that knows no `n` is asked for one
        completion at a time from then on.
        """
        if request.sampling.n == 1:
            return await self._once(request)
        started, given = time.perf_counter(), None
        if not self._singly:
            try:
                given = await self._once(request)
            except ModelError as error:
                if not refuses_n(error):
                    raise
            if given is not None and len(given.choices) == request.sampling.n:
                return given
            self._singly = True
        reply = await ask_singly(self._once, request, given)
        return reply.model_copy(update={"seconds": time.perf_counter() - started})

    async def _once(self, request: Request) -> Reply:
        started = time.perf_counter()
        data = await self._complete(request)
        seconds = time.perf_counter() - started
        try:
            return reply_of(data, request, self._model, seconds)
        except ModelError as error:
            line = f"{self._address.url} {self._address.blot(str(error))}"
            raise ModelError(line, transient=error.transient) from None

    async def count(self, request: Request) -> int:
        """Tokens of the prompt: exact where the server is vLLM, else `Request.prompt_bound`."""
        if not (await self.probe()).tokenize:
            return request.prompt_bound()
        body = {"model": self._model, "messages": messages_of(request), **prompt_fields(request)}
        data = await self._channel.post(f"{self._root}/tokenize", body)
        return int(from_json(data)["count"])

    async def probe(self) -> Abilities:
        """What the server can do; asked once, generates nothing.

        Raises `ModelError` when it cannot be reached, `InputError` when it lacks the model.
        """
        async with self._asking:
            if self._abilities is None:
                self._abilities = await self._ask()
            return self._abilities

    async def reach(self) -> None:
        """Raise `ModelError` unless the server answers now; generates nothing."""
        await self._channel.get(f"{self._url}/models")

    async def aclose(self) -> None:
        """Close all connections. The endpoint may be used again afterwards."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        self._users += 1
        return self

    async def __aexit__(self, *error: object) -> None:
        self._users -= 1
        if not self._users:
            await self.aclose()

    @property
    def _root(self) -> str:
        return self._url.removesuffix("/v1")

    async def _complete(self, request: Request) -> bytes:
        body, hear = body_of(request, self._model), request.on_delta
        if request.priority and (await self.probe()).priority:
            body["priority"] = request.priority
        if request.sampling.thinking_tokens is None:
            return await self._post(body, hear)
        known = await self.probe()
        try:
            data = await self._post(body | _thinking(request, known), hear)
        except ModelError as error:
            if known.thinking_budget is False or "thinking_token_budget" not in str(error):
                raise
            known = self._learn(known, "thinking_budget", False)
            return await self._post(body | _thinking(request, known), hear)
        if known.thinking_budget is None:
            self._learn(known, "thinking_budget", True)
        return data

    async def _post(self, body: Body, hear: Hear | None) -> bytes:
        body = _fitted(body, self._abilities)
        try:
            if hear is not None:
                return await self._streamed(body, hear)
            return await self._channel.post(f"{self._url}/chat/completions", body)
        except ModelError as error:
            ability = _refused(body, error)
            if ability is None:
                raise
        self._learn(await self.probe(), ability, False)
        return await self._post(body, hear)

    async def _streamed(self, body: Body, hear: Hear) -> bytes:
        """The whole answer; a failure after its first piece is no longer transient."""
        made = Assembly(hear)
        body = body | {"stream": True, "stream_options": {"include_usage": True}}
        try:
            await self._channel.stream(f"{self._url}/chat/completions", body, made.add)
            if made.cut:
                raise ModelError(f"{self._address.url} cut its answer short", transient=True)
            return made.body()
        except ModelError as error:
            if not (made.begun and error.transient):
                raise
            raise ModelError(
                f"{error} (in the middle of an answer)", status=error.status
            ) from error

    def _learn(self, known: Abilities, ability: str, there: bool) -> Abilities:
        self._abilities = known.model_copy(update={ability: there})
        return self._abilities

    async def _ask(self) -> Abilities:
        cards = await self._channel.get(f"{self._url}/models")
        version = (await self._channel.get(f"{self._root}/version")).get("version")
        found = abilities(self._address.url, self._model, cards, version)
        if version is None:
            return found
        return found.model_copy(update={"tokenize": await self._tokenizes()})

    async def _tokenizes(self) -> bool:
        body = {"model": self._model, "messages": _SMALLEST}
        try:
            await self._channel.post(f"{self._root}/tokenize", body)
        except ModelError as error:
            if error.transient:
                raise
            return False
        return True


def base_url(url: str) -> str:
    """The API's base URL as it is used; raises `InputError` where `url` is none."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise InputError(f"{url!r} is no endpoint: its host or port cannot be read") from None
    if "@" in parts.netloc:
        raise InputError(f"endpoint at {parts.hostname}: give a key instead of user and password")
    if not valid:
        raise InputError(f"{url!r} is no endpoint; write it like http://127.0.0.1:8000/v1")
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    return parts._replace(path=path or "/v1", query="", fragment="").geturl()


def _fitted(body: Body, known: Abilities | None) -> Body:
    """`body` without what this server is known to refuse."""
    if known is None:
        return body
    # A budget gives what is left to a call without a cap; vLLM refuses more than its context.
    if known.max_model_len is not None and body.get("max_tokens", 0) > known.max_model_len:
        body = body | {"max_tokens": known.max_model_len}
    fields = {field for field, ability in _OPTIONAL.items() if not getattr(known, ability)}
    return {name: value for name, value in body.items() if name not in fields}


def _refused(body: Body, error: ModelError) -> str | None:
    """The ability that the server lacks, by its refusal of a field that can be left out."""
    if error.status not in (400, 422):
        return None
    words = str(error).lower()
    for field, ability in _OPTIONAL.items():
        if field in body and any(word in words for word in _REFUSALS[field]):
            return ability
    return None


def _thinking(request: Request, known: Abilities) -> Body:
    """The cap and the budget that bound the thinking of `request` on this server."""
    sampling = request.sampling
    if known.vllm is not None and known.thinking_budget is False:
        return {"max_tokens": sampling.thinking_tokens}
    fields: Body = {} if sampling.cap is None else {"max_tokens": sampling.cap}
    if known.vllm is not None:
        fields["thinking_token_budget"] = sampling.thinking_tokens
    return fields
