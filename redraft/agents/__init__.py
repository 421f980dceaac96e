"""Who speaks: agents as values, their prompts, and how their replies are read."""

from redraft.agents.actor import (
    BEHAVE,
    DRAFT,
    HINTED,
    REFINE,
    REVISE,
    REWRITE,
    REWRITE_ANALYSED,
    read_solution,
)
from redraft.agents.agent import CALL_ERRORS, Agent
from redraft.agents.critic import ANALYST, CRITIC, read_critique
from redraft.agents.distiller import carry, choose, draw, summarise
from redraft.agents.explainer import EXPLAIN, read_explanation
from redraft.agents.layout import recite
from redraft.agents.prompting import load_prompts, load_prompts_by_role, prompt_sets
from redraft.agents.reading import read_json
from redraft.agents.strategist import EXTRACT, REFLECT, read_behaviors, read_reflection
from redraft.agents.teacher import TEACHER, leaks, teach
from redraft.agents.verifier import VERIFIER, read_verdict

__all__ = [
    "ANALYST",
    "BEHAVE",
    "CALL_ERRORS",
    "CRITIC",
    "DRAFT",
    "EXPLAIN",
    "EXTRACT",
    "HINTED",
    "REFINE",
    "REFLECT",
    "REVISE",
    "REWRITE",
    "REWRITE_ANALYSED",
    "TEACHER",
    "VERIFIER",
    "Agent",
    "carry",
    "choose",
    "draw",
    "leaks",
    "load_prompts",
    "load_prompts_by_role",
    "prompt_sets",
    "read_behaviors",
    "read_critique",
    "read_explanation",
    "read_json",
    "read_reflection",
    "read_solution",
    "read_verdict",
    "recite",
    "summarise",
    "teach",
]
