"""An embedder at any OpenAI-compatible server, such as a `vllm serve` with an embedding model."""

import asyncio
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from pydantic import BaseModel, Field

from redraft.core import EngineError, ModelError
from redraft.models.abilities import Abilities, abilities
from redraft.models.channel import Channel
from redraft.models.endpoint import base_url
from redraft.models.errors import Address
from redraft.models.limit import Gate
from redraft.models.retry import Attempts, RetryPolicy
from redraft.models.usage import WireUsage, estimate
from redraft.models.wire import Body, parsed

BATCH = 32
"""Texts in a request: as many as every server takes, some of which refuse more."""

IN_FLIGHT = 16
_NO_EMBEDDINGS = (404, 405, 501)
# Servers refuse an empty text, and some tokenizers make nothing of blanks.
_FOR_BLANK = "."


class _Datum(BaseModel):
    embedding: list[float] = Field(min_length=1)
    index: int | None = None


class _Embeddings(BaseModel):
    data: list[_Datum]
    usage: WireUsage | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of texts, and the tokens that were read for them."""

    vectors: list["array[float]"]
    tokens: int


class EmbeddingEndpoint:
    """`EmbeddingEndpoint("http://127.0.0.1:8000/v1", "BAAI/bge-m3")`: an `Embedder`.

    `url`, `api_key` and `timeout` are those of an `Endpoint`. A call is made in requests of 32
    texts, `gate` bounds those in flight (16), `policy` says which failures pass. `failure` says why
    a server of ours has ended; once it has, calls raise that.

    vLLM is asked to cut a text that is longer than its model's context; another server that does
    not cut it itself refuses it. Texts are sent as they are, without a prefix that tells problems
    from instructions.

    `tokens` counts what the server says that it has read. `async with` closes the connections.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str = "EMPTY",
        timeout: float = 600.0,
        policy: RetryPolicy = RetryPolicy(),
        gate: Gate | None = None,
        failure: Callable[[], EngineError | None] = lambda: None,
    ) -> None:
        self.tokens = 0
        self._model = model
        base = base_url(url.rstrip("/").removesuffix("/embeddings"))
        self._address = Address(base, model, "" if api_key == "EMPTY" else api_key)
        self._channel = Channel(self._address, api_key, timeout)
        self._attempts = Attempts(policy)
        self._gate = Gate(IN_FLIGHT) if gate is None else gate
        self._failure = failure
        self._asking = asyncio.Lock()
        self._abilities: Abilities | None = None
        self._dimensions = 0

    @property
    def name(self) -> str:
        """The model's name at the server."""
        return self._model

    @property
    def url(self) -> str:
        """The base URL, as it is used."""
        return self._address.url

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector of float32 for each text, all of one length.

        Raises `ModelError` naming the server: where it fails, gives no embeddings, or gives what
        cannot be a vector. Raises `InputError` where it lacks the model.
        """
        return (await self.measured(texts)).vectors

    async def measured(self, texts: Sequence[str]) -> Embedded:
        """What a call gives, with the tokens that the server says it has read.

        One that does not say it is taken to read a token for every four bytes.
        """
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(self._attempts(self._embed, batch)) for batch in batches]
        except BaseExceptionGroup as errors:
            raise self._failure() or errors.exceptions[0] from None
        done = [one.result() for one in asked]
        return Embedded(
            [vector for one in done for vector in one.vectors], sum(one.tokens for one in done)
        )

    async def probe(self) -> tuple[Abilities, int]:
        """What the server is, and the length of its vectors; embeds one word, once.

        Raises as a call does, but at the first failure.
        """
        await self._embed(["probe"])
        return await self._known(), self._dimensions

    async def aclose(self) -> None:
        """Close all connections. The endpoint may be used again afterwards."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def _known(self) -> Abilities:
        async with self._asking:
            if self._abilities is None:
                cards = await self._channel.get(f"{self.url}/models")
                page = await self._channel.get(f"{self.url.removesuffix('/v1')}/version")
                self._abilities = abilities(self.url, self._model, cards, page.get("version"))
            return self._abilities

    async def _embed(self, texts: Sequence[str]) -> Embedded:
        body: Body = {
            "model": self._model,
            "input": [text if text.strip() else _FOR_BLANK for text in texts],
            "encoding_format": "float",
        }
        if (await self._known()).vllm is not None:
            body["truncate_prompt_tokens"] = -1  # to the model's own context
        data = await self._post(body)
        try:
            answer = parsed(_Embeddings, data)
            vectors = _in_order(answer.data, len(texts))
            self._check_length(vectors)
        except ModelError as error:
            line = f"{self.url} {self._address.blot(str(error))}"
            raise ModelError(line, transient=error.transient) from None
        said = None if answer.usage is None else answer.usage.prompt_tokens
        self.tokens += said or 0
        return Embedded(vectors, sum(map(estimate, texts)) if said is None else said)

    async def _post(self, body: Body) -> bytes:
        place = await self._gate.enter(1)
        try:
            return await self._channel.post(f"{self.url}/embeddings", body)
        except ModelError as error:
            if error.status not in _NO_EMBEDDINGS:
                raise
            raise ModelError(
                f"{self.url} gives no embeddings with {self._model!r} (HTTP {error.status}); name "
                "an embedding model, or start vLLM for it with `--runner pooling`",
                status=error.status,
            ) from None
        finally:
            self._gate.leave(place)

    def _check_length(self, vectors: Sequence["array[float]"]) -> None:
        self._dimensions = self._dimensions or len(vectors[0])
        for vector in vectors:
            if len(vector) != self._dimensions:
                raise ModelError(
                    f"sent a vector of {len(vector)} numbers after one of {self._dimensions}: "
                    f"{self._model!r} is not one model"
                )


def _in_order(data: Sequence[_Datum], count: int) -> list["array[float]"]:
    if len(data) != count:
        raise ModelError(f"sent {len(data)} vectors for {count} texts")
    places = [datum.index for datum in data]
    if set(places) == set(range(count)):
        data = sorted(data, key=lambda datum: datum.index or 0)
    return [as_vector(np.array(datum.embedding)) for datum in data]


def as_vector(numbers: "np.typing.NDArray[np.floating]") -> "array[float]":
    """`numbers` in float32; raises `ModelError`, to be completed, where they have no direction."""
    with np.errstate(over="ignore", under="ignore"):
        row = numbers.astype(np.float32)
    if not np.isfinite(row).all():
        raise ModelError("sent a vector with numbers that are not finite")
    if not row.any():
        raise ModelError("sent a vector of zeros")
    return array("f", row.tobytes())
