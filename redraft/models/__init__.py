"""Who answers: endpoints, engines and servers, and the wrappers that are models themselves."""

from redraft.models.abilities import Abilities
from redraft.models.account import Account
from redraft.models.doctor import Finding, examine
from redraft.models.endpoint import Endpoint
from redraft.models.journal import Journal
from redraft.models.journaled import Journaled
from redraft.models.limit import Gate, Limit
from redraft.models.meter import Meter
from redraft.models.retry import Retry, RetryPolicy
from redraft.models.vllm_engine import VLLMEngine
from redraft.models.vllm_server import VLLMServer
from redraft.models.vllm_setup import Device, detect_device

__all__ = [
    "Abilities",
    "Account",
    "Device",
    "Endpoint",
    "Finding",
    "Gate",
    "Journal",
    "Journaled",
    "Limit",
    "Meter",
    "Retry",
    "RetryPolicy",
    "VLLMEngine",
    "VLLMServer",
    "detect_device",
    "examine",
]
