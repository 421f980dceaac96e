"""Who answers: endpoints, engines and servers, and the wrappers that are models themselves."""

from redraft.models.abilities import Abilities
from redraft.models.endpoint import Endpoint
from redraft.models.limit import Gate, Limit
from redraft.models.retry import Retry, RetryPolicy

__all__ = [
    "Abilities",
    "Endpoint",
    "Gate",
    "Limit",
    "Retry",
    "RetryPolicy",
]
