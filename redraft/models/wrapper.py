"""What every wrapper around a model shares: it is a Model itself, under the inner model's name."""

from redraft.core import Model, Reply, Request


class Wrapper:
    """Passes everything on to `inner`; a wrapper overrides `__call__` and adds its one concern."""

    def __init__(self, inner: Model) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        """The inner model's name, so that a wrapped model keeps its journal keys."""
        return self.inner.name

    async def __call__(self, request: Request) -> Reply:
        """Answer `request`."""
        return await self.inner(request)

    async def count(self, request: Request) -> int:
        """Tokens of the prompt, as the inner model counts them."""
        return await self.inner.count(request)
