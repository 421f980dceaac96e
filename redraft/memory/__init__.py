"""What is kept from run to run: the behavior handbook, its evidence and its curator."""

from redraft.memory.audit import Finding, audit
from redraft.memory.curator import Candidate, Outcome, Policy, judge, propose, set_status
from redraft.memory.embedding import HashedWords
from redraft.memory.entry import Entry, Provenance, Status, Use, topic_of
from redraft.memory.evidence import (
    Lift,
    Report,
    accuracy_in_words,
    lift_of,
    lines,
    report,
    tokens_in_words,
)
from redraft.memory.exchange import read_file, write_file
from redraft.memory.gate import refusal
from redraft.memory.merging import Decision
from redraft.memory.place import absolute, open_store, without_password
from redraft.memory.snapshot import Snapshot, open_snapshot
from redraft.memory.sqlite import SqliteStore
from redraft.memory.store import Conflict, NoHandbook, Store
from redraft.memory.uses import current, uses_of

__all__ = [
    "Candidate",
    "Conflict",
    "Decision",
    "Entry",
    "Finding",
    "HashedWords",
    "Lift",
    "NoHandbook",
    "Outcome",
    "Policy",
    "Provenance",
    "Report",
    "Snapshot",
    "SqliteStore",
    "Status",
    "Store",
    "Use",
    "absolute",
    "accuracy_in_words",
    "audit",
    "current",
    "judge",
    "lift_of",
    "lines",
    "open_snapshot",
    "open_store",
    "propose",
    "read_file",
    "refusal",
    "report",
    "set_status",
    "tokens_in_words",
    "topic_of",
    "uses_of",
    "without_password",
    "write_file",
]
