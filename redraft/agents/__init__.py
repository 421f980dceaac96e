"""Who speaks: agents as values, their prompts, and how their replies are read."""

from redraft.agents.actor import (
    BEHAVE,
    DRAFT,
    GUIDED,
    HINTED,
    REFINE,
    RETHINK,
    REVISE,
    REWRITE,
    REWRITE_ANALYSED,
    read_solution,
)
from redraft.agents.agent import CALL_ERRORS, Agent
from redraft.agents.critic import ANALYST, CRITIC, read_critique
from redraft.agents.distiller import carry, choose, draw, summarise
from redraft.agents.explainer import EXPLAIN, read_explanation
from redraft.agents.labeller import MISSING_SKILLS, QUESTION_SKILLS, on_list, read_labels
from redraft.agents.layout import exemplify, fit, recite, warn
from redraft.agents.prompting import load_prompts, load_prompts_by_role, prompt_sets
from redraft.agents.reading import read_json
from redraft.agents.recogniser import RECOGNISER, read_recurrence
from redraft.agents.strategist import (
    EXTRACT,
    MERGE,
    REFLECT,
    decide_merging,
    read_behaviors,
    read_merging,
    read_reflection,
)
from redraft.agents.teacher import TEACHER, leaks, teach
from redraft.agents.team import (
    EXPERT,
    EXPERT_BOARD,
    EXPERT_RECALLING,
    PLANNER,
    REMINISCE,
    read_recalled,
    read_team,
    recruit,
)
from redraft.agents.verifier import VERIFIER, read_verdict

__all__ = [
    "ANALYST",
    "BEHAVE",
    "CALL_ERRORS",
    "CRITIC",
    "DRAFT",
    "EXPERT",
    "EXPERT_BOARD",
    "EXPERT_RECALLING",
    "EXPLAIN",
    "EXTRACT",
    "GUIDED",
    "HINTED",
    "MERGE",
    "MISSING_SKILLS",
    "PLANNER",
    "QUESTION_SKILLS",
    "RECOGNISER",
    "REFINE",
    "REFLECT",
    "REMINISCE",
    "RETHINK",
    "REVISE",
    "REWRITE",
    "REWRITE_ANALYSED",
    "TEACHER",
    "VERIFIER",
    "Agent",
    "carry",
    "choose",
    "decide_merging",
    "draw",
    "exemplify",
    "fit",
    "leaks",
    "load_prompts",
    "load_prompts_by_role",
    "on_list",
    "prompt_sets",
    "read_behaviors",
    "read_critique",
    "read_explanation",
    "read_json",
    "read_labels",
    "read_merging",
    "read_recalled",
    "read_recurrence",
    "read_reflection",
    "read_solution",
    "read_team",
    "read_verdict",
    "recite",
    "recruit",
    "summarise",
    "teach",
    "warn",
]
