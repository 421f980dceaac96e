"""Graphs as models behind an OpenAI-compatible API."""

from redraft.server.app import make_app
from redraft.server.config import ServeLimits, ServeLog, Serving, load_serving
from redraft.server.guard import is_loopback
from redraft.server.keys import Key, digest, key_from, new_key
from redraft.server.offers import Offer, default_offers
from redraft.server.opening import Furnishing, open_service
from redraft.server.operations import Operations
from redraft.server.service import Service

__all__ = [
    "Furnishing",
    "Key",
    "Offer",
    "Operations",
    "ServeLimits",
    "ServeLog",
    "Service",
    "Serving",
    "default_offers",
    "digest",
    "is_loopback",
    "key_from",
    "load_serving",
    "make_app",
    "new_key",
    "open_service",
]
