"""A mock server for documents and examples, and the rule by which they reach it."""

from collections.abc import Callable, Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from redraft.testing import MockServer, Traits

WRITTEN_URL = "http://127.0.0.1:8000/v1"
WRITTEN_MODELS = ("Qwen/Qwen3-4B", "BAAI/bge-m3", "NAME")


@pytest.fixture(scope="module")
def at_mock() -> Iterator[Callable[[str], str]]:
    """Turns text that speaks of a server at `WRITTEN_URL` into text that reaches a mock one.

    Documents and examples always write that URL and one of
    `WRITTEN_MODELS`.
    """
    server = MockServer(traits=Traits(models=WRITTEN_MODELS))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as running:
        yield lambda text: text.replace(WRITTEN_URL, running.url)
