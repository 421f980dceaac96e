"""Test doubles for the ports, a mock OpenAI-compatible server, and contract suites.

They ship with the package so that users test their own agents and graphs with them.
"""

from redraft.testing.completions import default_answer
from redraft.testing.contract import CheckerContract, EmbedderContract, ModelContract
from redraft.testing.faults import (
    CUT,
    EMPTY_CHOICES,
    HTML,
    INVALID_JSON,
    NO_MESSAGE,
    NULL_CONTENT,
    REDIRECT,
    SILENT,
    Fault,
    http_error,
)
from redraft.testing.mock import MockServer, Traits
from redraft.testing.scripted import Counting, Failing, Recorded, Scripted

__all__ = [
    "CUT",
    "EMPTY_CHOICES",
    "HTML",
    "INVALID_JSON",
    "NO_MESSAGE",
    "NULL_CONTENT",
    "REDIRECT",
    "SILENT",
    "CheckerContract",
    "Counting",
    "EmbedderContract",
    "Failing",
    "Fault",
    "MockServer",
    "ModelContract",
    "Recorded",
    "Scripted",
    "Traits",
    "default_answer",
    "http_error",
]
