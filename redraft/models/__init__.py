"""Who answers: endpoints, engines and servers, and the wrappers that are models themselves."""

from redraft.models.abilities import Abilities
from redraft.models.account import Account
from redraft.models.catalog import (
    ROLES,
    Catalog,
    EmbedderSpec,
    EndpointSpec,
    Limits,
    LocalEmbedderSpec,
    ModelSpec,
    VLLMSpec,
)
from redraft.models.catalog_file import load_catalog, parse_spec
from redraft.models.doctor import Finding, examine
from redraft.models.embedder_opening import open_embedder
from redraft.models.embeddings import EmbeddingEndpoint
from redraft.models.endpoint import Endpoint
from redraft.models.journal import Journal
from redraft.models.journal_reader import PastCalls
from redraft.models.journaled import Journaled
from redraft.models.kept_vectors import KeptVectors
from redraft.models.limit import Gate, Limit, Ranked
from redraft.models.local_embedder import LocalEmbedder
from redraft.models.meter import Meter
from redraft.models.opening import answers, open_catalog
from redraft.models.retry import Retry, RetryPolicy
from redraft.models.shipped import SHIPPED, Shipped, trained_on
from redraft.models.tables import Table, check_keys, nearest, read_toml, table_at, value_of
from redraft.models.usage import estimate, measure
from redraft.models.vllm import Device, VLLMEngine, VLLMServer, detect_device

__all__ = [
    "ROLES",
    "SHIPPED",
    "Abilities",
    "Account",
    "Catalog",
    "Device",
    "EmbedderSpec",
    "EmbeddingEndpoint",
    "Endpoint",
    "EndpointSpec",
    "Finding",
    "Gate",
    "Journal",
    "Journaled",
    "KeptVectors",
    "Limit",
    "Limits",
    "LocalEmbedder",
    "LocalEmbedderSpec",
    "Meter",
    "ModelSpec",
    "PastCalls",
    "Ranked",
    "Retry",
    "RetryPolicy",
    "Shipped",
    "Table",
    "VLLMEngine",
    "VLLMServer",
    "VLLMSpec",
    "answers",
    "check_keys",
    "detect_device",
    "estimate",
    "examine",
    "load_catalog",
    "measure",
    "nearest",
    "open_catalog",
    "open_embedder",
    "parse_spec",
    "read_toml",
    "table_at",
    "trained_on",
    "value_of",
]
