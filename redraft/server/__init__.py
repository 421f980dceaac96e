"""Graphs as models behind an OpenAI-compatible API."""

from redraft.server.app import make_app
from redraft.server.offers import Offer, default_offers
from redraft.server.opening import Furnishing, open_service
from redraft.server.service import Service

__all__ = ["Furnishing", "Offer", "Service", "default_offers", "make_app", "open_service"]
