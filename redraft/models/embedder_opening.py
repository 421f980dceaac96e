"""Opens the embedder of a catalog: connects, starts vLLM or loads a model, and embeds a word."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from redraft.core import Embedder
from redraft.models.catalog import EmbedderSpec, EndpointSpec, LocalEmbedderSpec, VLLMSpec
from redraft.models.embeddings import EmbeddingEndpoint
from redraft.models.local_embedder import LocalEmbedder
from redraft.models.opening import key_of
from redraft.models.retry import RetryPolicy
from redraft.models.vllm import Report, VLLMServer, quiet

_POOLING = ("--runner", "pooling")


@asynccontextmanager
async def open_embedder(
    spec: EmbedderSpec | None,
    *,
    log: Path,
    policy: RetryPolicy = RetryPolicy(),
    report: Report = quiet,
) -> AsyncGenerator[Embedder | None]:
    """The embedder of `spec`, until the context ends; it has embedded a word. `None` for `None`.

    The output of a vLLM that is started goes to `log`, and `report` hears how the start goes on.
    Raises as `open_catalog` does, and `ModelError` for a model that does not embed.
    """
    async with AsyncExitStack() as stack:
        match spec:
            case None:
                yield None
            case LocalEmbedderSpec():
                local = LocalEmbedder(
                    spec.sentence_transformers, revision=spec.revision, device=spec.device
                )
                await local.load()
                yield local
            case EndpointSpec():
                url, key = spec.endpoint, key_of(spec)
                endpoint = EmbeddingEndpoint(
                    url, spec.model, api_key=key, timeout=spec.timeout, policy=policy
                )
                yield await _probed(endpoint, stack)
            case VLLMSpec():
                yield await _probed(await _started(spec, log, policy, report, stack), stack)


async def _started(
    spec: VLLMSpec, log: Path, policy: RetryPolicy, report: Report, stack: AsyncExitStack
) -> EmbeddingEndpoint:
    args = spec.args if _names_runner(spec.args) else (*_POOLING, *spec.args)
    server = await stack.enter_async_context(
        VLLMServer(spec.vllm, log=log, args=args, report=report)
    )
    return EmbeddingEndpoint(
        server.url,
        spec.name,
        api_key=server.api_key,
        timeout=spec.timeout,
        policy=policy,
        failure=server.failure,
    )


async def _probed(embedder: EmbeddingEndpoint, stack: AsyncExitStack) -> EmbeddingEndpoint:
    await stack.enter_async_context(embedder)
    await embedder.probe()
    return embedder


def _names_runner(args: Sequence[str]) -> bool:
    return any(arg.partition("=")[0] == _POOLING[0] for arg in args)
