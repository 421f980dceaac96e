"""Graphs as models behind an OpenAI-compatible API."""

from redraft.server.app import make_app
from redraft.server.config import ServeLimits, ServeLog, Serving, load_serving
from redraft.server.guard import is_loopback
from redraft.server.keys import Key, digest, key_from, new_key
from redraft.server.offers import Offer, default_offers
from redraft.server.opening import Furnished, Furnishing, furnish, make_service
from redraft.server.operations import Operations
from redraft.server.runs import Runs
from redraft.server.service import Service
from redraft.server.viewer import Run, RunState, Shelf, add_viewer, make_viewer

__all__ = [
    "Furnished",
    "Furnishing",
    "Key",
    "Offer",
    "Operations",
    "Run",
    "RunState",
    "Runs",
    "ServeLimits",
    "ServeLog",
    "Service",
    "Serving",
    "Shelf",
    "add_viewer",
    "default_offers",
    "digest",
    "furnish",
    "is_loopback",
    "key_from",
    "load_serving",
    "make_app",
    "make_service",
    "make_viewer",
    "new_key",
]
