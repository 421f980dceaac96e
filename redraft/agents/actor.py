"""The actor: drafts, also from behaviors, solved problems, a workspace, a critique or a hint.

Drafts are sampled at temperature 1.0 and top-p 1.0 (PDR paper); a revision by a critique is
greedy, as in the scripts that AutoMathCritique ships, and so is one by a known mistake (ours).
"""

from redraft.agents.agent import Agent
from redraft.core import Choice, Problem, Sampling, Solution
from redraft.tools import extract_answer

SAMPLED = Sampling(temperature=1.0, top_p=1.0)
GREEDY = Sampling(temperature=0.0)


def read_solution(choice: Choice, problem: Problem) -> Solution:
    """The visible text and the answer found in it; the thinking stays behind in the journal."""
    text = choice.content.strip()
    return Solution(
        text=text,
        answer=extract_answer(text, problem),
        truncated=choice.finish == "length",
    )


def _actor(name: str, sampling: Sampling) -> Agent[Solution]:
    return Agent(name=name, role="actor", prompt=name, read=read_solution, sampling=sampling)


DRAFT = _actor("draft", SAMPLED)
REFINE = _actor("refine", SAMPLED)
REWRITE = _actor("rewrite", SAMPLED)
REWRITE_ANALYSED = _actor("rewrite_analysed", SAMPLED)
REVISE = _actor("revise", GREEDY)
HINTED = _actor("hinted", SAMPLED)
BEHAVE = _actor("behave", SAMPLED)
GUIDED = _actor("guided", SAMPLED)
RETHINK = _actor("rethink", GREEDY)
