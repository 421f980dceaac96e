"""Counts completions on the wire for the display, as a wrapper around each model of a run."""

from collections.abc import Mapping

from redraft.cli.progress import Progress
from redraft.core import Model, Reply, Request


class Watched:
    """A model whose completions in flight are counted in `progress`.

    It stands innermost, so that waiting for a place or for another attempt does not count.
    """

    def __init__(self, inner: Model, progress: Progress) -> None:
        self._inner = inner
        self._progress = progress

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`."""
        completions = request.sampling.n
        self._progress.in_flight += completions
        try:
            return await self._inner(request)
        finally:
            self._progress.in_flight -= completions

    async def count(self, request: Request) -> int:
        """Tokens of the prompt, as the inner model counts them."""
        return await self._inner.count(request)


def watch_models(models: Mapping[str, Model], progress: Progress) -> dict[str, Model]:
    """`models` by role, each model wrapped once however many roles it serves."""
    watched = {id(model): Watched(model, progress) for model in models.values()}
    return {role: watched[id(model)] for role, model in models.items()}
