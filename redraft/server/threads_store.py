"""What keeps threads: a checkpointer whose failures are Redraft's, and what more a store can do."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.memory import InMemorySaver

T = TypeVar("T")
Saver = BaseCheckpointSaver[Any]


class Using(Protocol):
    """Does one thing with a checkpointer."""

    async def __call__(self, work: Callable[[Saver], Awaitable[T]], /) -> T:
        """What `work` makes of a checkpointer, which it may be given more than once.

        Raises `StoreError` where it fails, and `InputError` for what no store could keep.
        """
        ...


@dataclass(frozen=True, slots=True)
class ThreadStore:
    """`using` does one thing with a checkpointer. `older` gives the places in which no checkpoint
    has an id as great as the one it is asked about. `hold` keeps other servers from a thread, and
    says whether it could.
    """

    using: Using
    older: Callable[[str], Awaitable[Sequence[str]]]
    hold: Callable[[str], AbstractAsyncContextManager[bool]]


class Relay(BaseCheckpointSaver[str]):
    """A checkpointer for graphs, which does each thing with the one that `using` gives it."""

    def __init__(self, using: Using) -> None:
        super().__init__()
        self._using = using
        self._versions = InMemorySaver()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names."""
        return await self._using(lambda saver: saver.aget_tuple(config))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint; returns its config."""
        return await self._using(
            lambda saver: saver.aput(config, checkpoint, metadata, new_versions)
        )

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keep what a task wrote after a checkpoint."""
        await self._using(lambda saver: saver.aput_writes(config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Drop all checkpoints at one place."""
        await self._using(lambda saver: saver.adelete_thread(thread_id))

    def get_next_version(self, current: str | None, channel: None) -> str:
        """The version of a channel after `current`, as LangGraph's own checkpointers number it."""
        return self._versions.get_next_version(current, channel)
