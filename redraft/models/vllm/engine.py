"""vLLM inside this process: its asynchronous engine as a `Model`, without HTTP in between.

The one file that imports vLLM, and only when an engine is started. The engine's own processes
are children of this one; prefer `VLLMServer` where a crash must not reach your program.
"""

import asyncio
import contextlib
import gc
import itertools
import os
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Generator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from redraft.core import Choice, EngineError, Finish, InputError, ModelError, Reply, Request, Usage
from redraft.models.shipped import name_of, path_of
from redraft.models.thinktags import split_thinking
from redraft.models.vllm import guard
from redraft.models.vllm.setup import (
    Device,
    detect_device,
    engine_environment,
    engine_options,
    require_model,
    require_vllm,
)
from redraft.models.wire import messages_of

if TYPE_CHECKING:
    from vllm.inputs import TokensInput
    from vllm.outputs import CompletionOutput, RequestOutput
    from vllm.renderers.chat_utils import ChatCompletionMessageParam
    from vllm.sampling_params import SamplingParams
    from vllm.v1.engine.async_llm import AsyncLLM

_FINISH: Mapping[str | None, Finish] = {"stop": "stop", "length": "length"}


class VLLMEngine:
    """`async with VLLMEngine("Qwen/Qwen3-4B") as model:` is a `Model`.

    `model` is a folder, a Hugging Face name or a shipped model, `args` are engine arguments as
    `vllm serve` takes them. While it starts, what is missing of vLLM's variables is set in
    `os.environ`, for its processes inherit them. A start that fails raises `EngineError`. Tools are
    refused: parsing their calls is the server's work. A call that is cancelled is aborted in the
    engine.

    Programs that start an engine need the usual `if __name__ == "__main__":`, for its processes
    import the program's main module.
    """

    def __init__(self, model: str, *, args: Sequence[str] = ()) -> None:
        self._model = model
        self._args = tuple(args)
        self._engine: AsyncLLM | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count()

    @property
    def name(self) -> str:
        """The model as it was given, or a shipped one's name and version."""
        return name_of(self._model)

    @property
    def in_flight(self) -> int:
        """Completions that the engine has not finished."""
        return self._running.get_num_unfinished_requests()

    async def __aenter__(self) -> Self:
        before = set(guard.descendants(os.getpid()))
        start = asyncio.create_task(asyncio.to_thread(_start, self._model, self._args))
        try:
            self._engine = (await asyncio.shield(start)).pop()
        except asyncio.CancelledError:
            # The thread cannot be stopped; what it starts must not be left running.
            start.add_done_callback(_discard)
            raise
        self._watch = _watch(set(guard.descendants(os.getpid())) - before)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the engine and its processes."""
        engine, self._engine = self._engine, None
        if engine is not None:
            # In this thread: the engine's output task must not see its processes go.
            engine.shutdown()
            await asyncio.sleep(0)
            # It sits in reference cycles; see `_start` for why it must go now.
            del engine
            gc.collect()
        if self._watch is not None:
            self._watch.kill()
            self._watch.wait()
            self._watch = None

    async def count(self, request: Request) -> int:
        """Tokens of the prompt, exactly, by the model's own tokenizer and template."""
        return len((await self._render(request))["prompt_token_ids"])

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`; raises `ModelError` when it is refused, `EngineError` on a crash."""
        from vllm.exceptions import VLLMClientError
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        started = time.perf_counter()
        try:
            prompt = await self._render(request)
            params = self._params(request, len(prompt["prompt_token_ids"]))
            name = f"redraft-{next(self._numbers)}"
            final: RequestOutput | None = None
            async for output in self._running.generate(
                prompt, params, name, priority=request.priority
            ):
                final = output
        except EngineDeadError as error:
            raise EngineError(f"the vLLM engine of {self.name} died; see its output") from error
        except EngineGenerateError as error:
            raise ModelError(f"vLLM engine of {self.name}: {error.__cause__}") from error
        except (VLLMClientError, ValueError) as error:
            raise ModelError(f"vLLM engine of {self.name}: {error}") from error
        if final is None:
            raise ModelError(f"vLLM engine of {self.name} sent nothing", transient=True)
        return _reply(final, self.name, time.perf_counter() - started)

    @property
    def _running(self) -> "AsyncLLM":
        if self._engine is None:
            raise EngineError(f"the vLLM engine of {self.name} is not running: enter it first")
        return self._engine

    async def _render(self, request: Request) -> "TokensInput":
        from vllm.renderers import ChatParams

        if request.tools:
            raise ModelError("VLLMEngine takes no tools; use VLLMServer with --tool-call-parser")
        template = {
            "add_generation_prompt": not request.continue_final,
            "continue_final_message": request.continue_final,
        }
        _, (prompt,) = await self._running.renderer.render_chat_async(
            [cast("list[ChatCompletionMessageParam]", messages_of(request))],
            ChatParams(chat_template_kwargs=template),
        )
        # Messages are text alone here, so the prompt is tokens alone.
        return cast("TokensInput", prompt)

    def _params(self, request: Request, prompt_tokens: int) -> "SamplingParams":
        from vllm.sampling_params import RequestOutputKind, SamplingParams, StructuredOutputsParams

        sampling, schema = request.sampling, request.output_schema
        config = self._running.model_config
        given = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "max_tokens": sampling.cap,
            "thinking_token_budget": sampling.thinking_tokens,
        }
        # The model's own generation_config, as the server uses it.
        chosen = config.get_diff_sampling_param()
        chosen |= {name: value for name, value in given.items() if value is not None}
        chosen.setdefault("max_tokens", config.max_model_len - prompt_tokens)
        return SamplingParams(
            **chosen,
            n=sampling.n,
            stop=list(sampling.stop),
            structured_outputs=None if schema is None else StructuredOutputsParams(json=schema),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )


def _start(model: str, args: Sequence[str]) -> "list[AsyncLLM]":
    """The engine in a box, to be taken out: frames that vLLM keeps alive hold on to the box.

    An engine that they held would be finalised at the interpreter's end, which fails.
    """
    require_vllm()
    require_model(model)
    device = detect_device()
    with _environment(engine_environment(model, device, args, os.environ)):
        return _started(model, device, args)


@contextlib.contextmanager
def _environment(wanted: Mapping[str, str]) -> Generator[None]:
    """`os.environ` with `wanted`, and as it was again afterwards: vLLM reads it while it starts."""
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name in wanted.keys() - before.keys():
            del os.environ[name]


def _started(model: str, device: Device, args: Sequence[str]) -> "list[AsyncLLM]":
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.utils.argparse_utils import FlexibleArgumentParser
    from vllm.v1.engine.async_llm import AsyncLLM

    parser = AsyncEngineArgs.add_cli_args(FlexibleArgumentParser(prog="vllm"))
    try:
        parsed = parser.parse_args(["--model", path_of(model), *engine_options(device, args)])
    except SystemExit:
        raise InputError(f"vLLM does not take these arguments: {' '.join(args)}") from None
    try:
        return [AsyncLLM.from_engine_args(AsyncEngineArgs.from_cli_args(cast("Namespace", parsed)))]
    except Exception as error:
        raise EngineError(f"the vLLM engine of {model} did not start: {error}") from error


def _watch(pids: set[int]) -> subprocess.Popen[bytes]:
    """Start what kills the engine's processes when this one is killed: they would stay."""
    arguments = (str(os.getpid()), "--watch", *map(str, pids))
    return subprocess.Popen(
        [sys.executable, "-I", guard.__file__, *arguments], start_new_session=True
    )


def _discard(start: "asyncio.Task[list[AsyncLLM]]") -> None:
    if not start.cancelled() and start.exception() is None:
        start.result().pop().shutdown()


def _reply(output: "RequestOutput", model: str, seconds: float) -> Reply:
    choices = tuple(_choice(one) for one in sorted(output.outputs, key=lambda one: one.index))
    usage = Usage(
        input=len(output.prompt_token_ids or ()),
        output=sum(choice.output_tokens for choice in choices),
        reasoning=sum(_thought(choice) for choice in choices),
        cached=output.num_cached_tokens or 0,
    )
    return Reply(choices=choices, usage=usage, model=model, seconds=seconds)


def _choice(output: "CompletionOutput") -> Choice:
    finish = _FINISH.get(output.finish_reason, "error")
    reasoning, content = split_thinking(output.text, cut=finish == "length")
    return Choice(
        content=content,
        reasoning=reasoning,
        finish=finish,
        output_tokens=len(output.token_ids),
    )


def _thought(choice: Choice) -> int:
    """Tokens of the reasoning: its share of the text, of the exact number of tokens."""
    size = len(choice.reasoning)
    return choice.output_tokens * size // (size + len(choice.content)) if size else 0
