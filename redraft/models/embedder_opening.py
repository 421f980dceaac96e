"""Opens the embedder of a catalog: connects, starts vLLM or loads a model, and embeds a word."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from redraft.core import Embedder, EngineError, ModelError
from redraft.models.catalog import EmbedderSpec, EndpointSpec, LocalEmbedderSpec
from redraft.models.embeddings import EmbeddingEndpoint
from redraft.models.local_embedder import LocalEmbedder
from redraft.models.opening import key_of
from redraft.models.retry import RetryPolicy
from redraft.models.vllm import Report, VLLMServer, quiet

_POOLING = ("--runner", "pooling")


@asynccontextmanager
async def open_embedder(
    spec: EmbedderSpec,
    *,
    log: Path,
    policy: RetryPolicy = RetryPolicy(),
    report: Report = quiet,
) -> AsyncGenerator[Embedder]:
    """The embedder of `spec`, until the context ends; it has embedded a word.

    The output of a vLLM that is started goes to `log`, and `report` hears how the start goes on.
    Raises as `open_catalog` does, and `ModelError` for a model that does not embed.
    """
    match spec:
        case LocalEmbedderSpec():
            local = LocalEmbedder(
                spec.sentence_transformers, revision=spec.revision, device=spec.device
            )
            await local.load()
            yield local
        case EndpointSpec():
            async with EmbeddingEndpoint(
                spec.endpoint,
                spec.model,
                api_key=key_of(spec),
                timeout=spec.timeout,
                policy=policy,
            ) as endpoint:
                await endpoint.probe()
                yield endpoint
        case _:
            args = spec.args if _names_runner(spec.args) else (*_POOLING, *spec.args)
            async with (
                VLLMServer(spec.vllm, log=log, args=args, report=report) as server,
                EmbeddingEndpoint(
                    server.url,
                    spec.name,
                    api_key=server.api_key,
                    timeout=spec.timeout,
                    policy=policy,
                ) as endpoint,
            ):
                await endpoint.probe()
                yield ServedEmbedder(endpoint, server.failure)


def _names_runner(args: Sequence[str]) -> bool:
    return any(arg.partition("=")[0] == _POOLING[0] for arg in args)


class ServedEmbedder:
    """An embedder at a server of ours. Once it has died, a call raises what `failure` says."""

    def __init__(self, inner: Embedder, failure: Callable[[], EngineError | None]) -> None:
        self._inner = inner
        self._failure = failure

    @property
    def name(self) -> str:
        """The inner embedder's name."""
        return self._inner.name

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Vectors for `texts`; raises `EngineError` when the server has ended."""
        try:
            return await self._inner(texts)
        except ModelError as error:
            failure = self._failure()
            if failure is None:
                raise
            raise failure from error
