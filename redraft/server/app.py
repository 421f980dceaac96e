"""The application: one line for each group of routes."""

from fastapi import FastAPI

from redraft.server.chat import add_chat
from redraft.server.config import Serving
from redraft.server.embeddings import add_embeddings
from redraft.server.errors import tell_errors
from redraft.server.operations import Operations, add_operations
from redraft.server.responses import add_responses
from redraft.server.sending import PING_SECONDS
from redraft.server.service import Service


def make_app(
    service: Service, operations: Operations | None = None, *, ping_seconds: float = PING_SECONDS
) -> FastAPI:
    """The ASGI application that serves `service`; without `operations`, to everybody.

    A stream in which nothing comes for `ping_seconds` shows that it is alive.
    """
    app = FastAPI(title="Redraft", docs_url=None, redoc_url=None)
    operations = operations or Operations(service, Serving())
    add_chat(app, service, operations, ping_seconds=ping_seconds)
    add_responses(app, service, operations, ping_seconds=ping_seconds)
    add_embeddings(app, service.embedder)
    add_operations(app, operations)
    tell_errors(app)
    return app
