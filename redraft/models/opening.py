"""Opens the models of a catalog: connects, starts vLLM where asked to, and asks what answers."""

import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from redraft.core import EngineError, InputError, Model, ModelError, Reply, Request
from redraft.models.catalog import Catalog, EndpointSpec, ModelSpec, VLLMSpec
from redraft.models.endpoint import Endpoint
from redraft.models.vllm import Report, VLLMEngine, VLLMServer, quiet
from redraft.models.wrapper import Wrapper


@asynccontextmanager
async def open_catalog(
    catalog: Catalog, *, log: Path, report: Report = quiet
) -> AsyncGenerator[Mapping[str, Model]]:
    """The models of `catalog` by role, until the context ends; each is opened once.

    Two prompt sets may share a model. Models are bare: the run puts limit, retry, journal and meter
    around them. The output of the first vLLM server goes to `log`, that of a second to `log` with
    `-2` after its stem, and so on. `report` hears how a start goes on.

    Raises `InputError` for a key that is not set or a model that a server lacks, `ModelError` for
    a server that does not answer, `EngineError` for a vLLM that does not start.
    """
    async with AsyncExitStack() as stack:
        opened: dict[ModelSpec, Model] = {}
        by_role = {
            role: spec.model_copy(update={"prompts": ""}) for role, spec in catalog.specs().items()
        }
        for spec in by_role.values():
            if spec in opened:
                continue
            if isinstance(spec, EndpointSpec):
                opened[spec] = await _connect(spec, stack)
            elif spec.engine == "in-process":
                opened[spec] = await stack.enter_async_context(
                    VLLMEngine(spec.vllm, args=spec.args)
                )
            else:
                servers = sum(isinstance(one, VLLMSpec) for one in opened)
                file = log if not servers else log.with_stem(f"{log.stem}-{servers + 1}")
                opened[spec] = await _serve(spec, file, report, stack)
        yield {role: opened[spec] for role, spec in by_role.items()}


async def _connect(spec: EndpointSpec, stack: AsyncExitStack) -> Endpoint:
    key = key_of(spec)
    return await _probed(
        Endpoint(spec.endpoint, spec.model, api_key=key, timeout=spec.timeout), stack
    )


def key_of(spec: EndpointSpec) -> str:
    """The server's key out of the environment; raises `InputError` where it is not set."""
    if spec.api_key_env is None:
        return "EMPTY"
    key = os.environ.get(spec.api_key_env, "")
    if not key:
        raise InputError(
            f"the environment variable {spec.api_key_env} is not set; it must hold the key of "
            f"{spec.endpoint}"
        )
    return key


async def answers(model: Model) -> None:
    """Ask the server behind `model`, if there is one, for a sign of life; generates nothing.

    Raises `ModelError` where nothing answers, `EngineError` where a server of ours has ended.
    """
    while isinstance(model, Wrapper):
        if isinstance(model, Served):
            model.check()
        model = model.inner
    if isinstance(model, Endpoint):
        await model.reach()


async def _serve(spec: VLLMSpec, log: Path, report: Report, stack: AsyncExitStack) -> Model:
    server = await stack.enter_async_context(
        VLLMServer(spec.vllm, log=log, args=spec.args, report=report)
    )
    endpoint = Endpoint(server.url, spec.name, api_key=server.api_key, timeout=spec.timeout)
    return Served(await _probed(endpoint, stack), server.failure)


class Served(Wrapper):
    """A model at a server of ours. Once the server has died, a call raises what `failure` says.

    That ends the run at once, where a server of somebody else's would be asked again for a while.
    """

    def __init__(self, inner: Model, failure: Callable[[], EngineError | None]) -> None:
        super().__init__(inner)
        self._failure = failure

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`; raises `EngineError` when the server has ended."""
        try:
            return await self.inner(request)
        except ModelError as error:
            failure = self._failure()
            if failure is None:
                raise
            raise failure from error

    def check(self) -> None:
        """Raise `EngineError` when the server has ended."""
        failure = self._failure()
        if failure is not None:
            raise failure


async def _probed(endpoint: Endpoint, stack: AsyncExitStack) -> Endpoint:
    stack.push_async_callback(endpoint.aclose)
    await endpoint.probe()
    return endpoint
