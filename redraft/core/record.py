"""The record of one solved (or failed) problem: one line of `records.jsonl`."""

from redraft.core.artifacts import AnyArtifact
from redraft.core.messages import Usage
from redraft.core.values import Value


class Failure(Value):
    """Something that went wrong without ending the run: `kind` is the error's boundary."""

    kind: str
    node: str = ""
    message: str


class Record(Value):
    """What became of one problem.

    `correct` is `None` without a gold answer or when the checker cannot decide. `b_seq` and
    `b_total` are tokens (input plus output) on the accepted path and in all. `usage` is by agent.
    `final` names the accepted artifact; `candidates_correct` grades `candidates` one by one.
    `counts` holds a recipe's own tallies, such as right answers that a critique turned wrong.
    `stopped_by` is `"done"`, `"failed"` or the budget that ran out (`"total_tokens"`,
    `"sequential_tokens"`, `"calls"`, `"seconds"`, `"run_total_tokens"`).
    """

    id: str
    key: str
    answer: str | None = None
    gold: str | None = None
    correct: bool | None = None
    recipe: str
    knobs: dict[str, object] = {}
    b_seq: int = 0
    b_total: int = 0
    calls: int = 0
    usage: dict[str, Usage] = {}
    seconds: float = 0.0
    stopped_by: str = "done"
    failures: tuple[Failure, ...] = ()
    candidates: tuple[str | None, ...] = ()
    candidates_correct: tuple[bool | None, ...] = ()
    counts: dict[str, int] = {}
    final: str | None = None
    artifacts: tuple[AnyArtifact, ...] = ()
    versions: dict[str, str] = {}
