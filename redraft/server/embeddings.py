"""`/v1/embeddings`: texts as vectors, by the catalog's embedder."""

import base64
import struct
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from redraft.core import Embedder
from redraft.models import EmbeddingEndpoint, estimate
from redraft.server.errors import ApiError

_MISSING = (
    "this server has no embedder; give one the role `embedder` in redraft.toml, or start it "
    "with --embedder or --embedder-endpoint"
)


class EmbeddingsBody(BaseModel):
    """A request for vectors; fields that are not named here are let pass unread."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: str | Annotated[list[str], Field(min_length=1, max_length=2048)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None


def add_embeddings(app: FastAPI, embedder: Embedder | None) -> None:
    """Add the route to `app`; without `embedder` it says how to have one."""

    @app.post("/v1/embeddings")
    async def embed(body: EmbeddingsBody) -> dict[str, Any]:
        if embedder is None:
            raise ApiError(404, _MISSING, code="model_not_found")
        if body.model != embedder.name:
            why = f"no embedder {body.model!r:.80}; there is {embedder.name!r}"
            raise ApiError(404, why, code="model_not_found", param="model")
        texts = [body.input] if isinstance(body.input, str) else body.input
        if not all(text.strip() for text in texts):
            raise ApiError(400, "input: a text is empty", param="input")
        vectors, tokens = await _embedded(embedder, texts)
        if body.dimensions not in (None, len(vectors[0])):
            why = f"dimensions: {embedder.name} has {len(vectors[0])}"
            raise ApiError(400, why, param="dimensions")
        packed = body.encoding_format == "base64"
        data = [
            {"object": "embedding", "index": place, "embedding": _written(vector, packed)}
            for place, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {"object": "list", "data": data, "model": embedder.name, "usage": usage}


async def _embedded(embedder: Embedder, texts: list[str]) -> tuple[Sequence[Sequence[float]], int]:
    """Vectors, and the tokens read: as a server says, else estimated by the texts' bytes."""
    if isinstance(embedder, EmbeddingEndpoint):
        made = await embedder.measured(texts)
        return made.vectors, made.tokens
    return await embedder(texts), sum(map(estimate, texts))


def _written(vector: Any, packed: bool) -> str | list[float]:
    """Numbers, or their 32-bit little-endian floats in base64."""
    numbers = [float(number) for number in vector]
    if not packed:
        return numbers
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
