"""What is kept from run to run: the behavior handbook, its evidence and its curator."""

from redraft.memory.address import absolute, scheme_of, without_password
from redraft.memory.audit import Finding, audit
from redraft.memory.changing import Outcome
from redraft.memory.curator import Candidate, judge, propose, set_status
from redraft.memory.embedding import HashedWords
from redraft.memory.entry import LIVE, Entry, Kept, Provenance, Status, Use, example_key, topic_of
from redraft.memory.evidence import (
    Lift,
    Report,
    accuracy_in_words,
    lift_of,
    lines,
    report,
    tokens_in_words,
)
from redraft.memory.example_file import holds_examples, read_examples, write_examples
from redraft.memory.example_gate import example_refusal
from redraft.memory.examples import missing_skills
from redraft.memory.exchange import read_file, write_file
from redraft.memory.folding import merge
from redraft.memory.gate import Refusal, refusal
from redraft.memory.importing import import_entries
from redraft.memory.judging import Policy
from redraft.memory.merging import Decide, Decision, by_rules, turned
from redraft.memory.neighbours import Neighbours
from redraft.memory.place import open_store
from redraft.memory.postgres_address import Address, passes, read_url
from redraft.memory.pruning import Pruned, prune
from redraft.memory.snapshot import Snapshot, open_snapshot
from redraft.memory.sqlite import SqliteStore
from redraft.memory.store import Conflict, NoHandbook, Store
from redraft.memory.teaching import Taught, set_example_status, stated, teach
from redraft.memory.uses import current, uses_before, uses_of

__all__ = [
    "LIVE",
    "Address",
    "Candidate",
    "Conflict",
    "Decide",
    "Decision",
    "Entry",
    "Finding",
    "HashedWords",
    "Kept",
    "Lift",
    "Neighbours",
    "NoHandbook",
    "Outcome",
    "Policy",
    "Provenance",
    "Pruned",
    "Refusal",
    "Report",
    "Snapshot",
    "SqliteStore",
    "Status",
    "Store",
    "Taught",
    "Use",
    "absolute",
    "accuracy_in_words",
    "audit",
    "by_rules",
    "current",
    "example_key",
    "example_refusal",
    "holds_examples",
    "import_entries",
    "judge",
    "lift_of",
    "lines",
    "merge",
    "missing_skills",
    "open_snapshot",
    "open_store",
    "passes",
    "propose",
    "prune",
    "read_examples",
    "read_file",
    "read_url",
    "refusal",
    "report",
    "scheme_of",
    "set_example_status",
    "set_status",
    "stated",
    "teach",
    "tokens_in_words",
    "topic_of",
    "turned",
    "uses_before",
    "uses_of",
    "without_password",
    "write_examples",
    "write_file",
]
