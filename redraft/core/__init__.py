"""Values and ports: what every other room speaks in. No I/O happens here."""

from redraft.core.artifacts import (
    Analysis,
    AnyArtifact,
    Artifact,
    Behavior,
    Behaviors,
    Critique,
    Evidence,
    Hint,
    Outcome,
    Reflection,
    Selection,
    Solution,
    Step,
    Verdict,
    Workspace,
)
from redraft.core.budget import Budget
from redraft.core.context import DEFAULT_ROLE, Context
from redraft.core.errors import (
    BudgetError,
    EngineError,
    GraphError,
    InputError,
    ModelError,
    OutputError,
    RedraftError,
    StoreError,
)
from redraft.core.events import (
    CANCELLED,
    ArtifactMade,
    CallFinished,
    CallStarted,
    Event,
    NodeStarted,
    Sink,
    ignore,
)
from redraft.core.lineage import Call, Lineage
from redraft.core.messages import Message, Role, ToolCall, ToolSpec, Usage
from redraft.core.ports import Checker, Model
from redraft.core.problem import Kind, Problem
from redraft.core.prompt import Prompt, Turn
from redraft.core.record import Failure, Record
from redraft.core.request import Choice, Finish, Origin, Reply, Request, Sampling
from redraft.core.values import Value

__all__ = [
    "CANCELLED",
    "DEFAULT_ROLE",
    "Analysis",
    "AnyArtifact",
    "Artifact",
    "ArtifactMade",
    "Behavior",
    "Behaviors",
    "Budget",
    "BudgetError",
    "Call",
    "CallFinished",
    "CallStarted",
    "Checker",
    "Choice",
    "Context",
    "Critique",
    "EngineError",
    "Event",
    "Evidence",
    "Failure",
    "Finish",
    "GraphError",
    "Hint",
    "InputError",
    "Kind",
    "Lineage",
    "Message",
    "Model",
    "ModelError",
    "NodeStarted",
    "Origin",
    "Outcome",
    "OutputError",
    "Problem",
    "Prompt",
    "Record",
    "RedraftError",
    "Reflection",
    "Reply",
    "Request",
    "Role",
    "Sampling",
    "Selection",
    "Sink",
    "Solution",
    "Step",
    "StoreError",
    "ToolCall",
    "ToolSpec",
    "Turn",
    "Usage",
    "Value",
    "Verdict",
    "Workspace",
    "ignore",
]
