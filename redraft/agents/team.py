"""The team of Xolver (arXiv 2506.14234): a planner that recruits it, experts who solve by their
role, experience and the shared board, and the recall of a solved problem of one's own."""

import re
from collections.abc import Sequence

from pydantic import BaseModel

from redraft.agents.actor import read_solution
from redraft.agents.agent import CALL_ERRORS, Agent
from redraft.agents.reading import MOST_CHARACTERS, read_json
from redraft.core import (
    Choice,
    Context,
    Example,
    Examples,
    OutputError,
    Problem,
    Sampling,
    Solution,
    Team,
)

GENERALIST = "generalist"
"""The role of an agent for whom the planner named none, as in the paper's code."""

COOL = Sampling(temperature=0.2)
_PROBLEM = re.compile(r"\W*problem\b", re.I)
_SOLUTION = re.compile(r"\W*solution\b", re.I)
_MARKS = "*:# \t\n"


class Proposal(BaseModel):
    """A role that a team might have, and why."""

    role: str
    reason: str = ""


class TeamReply(BaseModel):
    """A team, as the planner must write it."""

    proposed: list[Proposal] = []
    chosen: list[str]


def read_team(choice: Choice, problem: Problem) -> Team:
    """The chosen roles, then the others that were proposed, without repeats."""
    reply = read_json(choice.content, TeamReply)
    named = (*reply.chosen, *(proposal.role for proposal in reply.proposed))
    roles = tuple(dict.fromkeys(role for name in named if (role := " ".join(name.split()))))
    if not roles:
        raise OutputError('"chosen" names no role')
    return Team(roles=roles)


def read_recalled(choice: Choice, problem: Problem) -> Examples:
    """The problem and the solution that follow these two words, each at the start of a line."""
    lines = choice.content[-MOST_CHARACTERS:].splitlines()
    first = _line_of(_PROBLEM, lines, 0)
    second = _line_of(_SOLUTION, lines, first + 1)
    asked = _PROBLEM.sub("", "\n".join(lines[first:second]), count=1).strip(_MARKS)
    solution = _SOLUTION.sub("", "\n".join(lines[second:]), count=1).strip(_MARKS)
    if not asked or not solution:
        raise OutputError("there are no lines 'Problem: ...' and 'Solution: ...' in it")
    return Examples(shown=(Example(key="", problem=asked, solution=solution),))


def _line_of(word: re.Pattern[str], lines: Sequence[str], start: int) -> int:
    """The place of the first line from `start` on that begins with `word`, else the end."""
    found = (place for place in range(start, len(lines)) if word.match(lines[place]))
    return next(found, len(lines))


def _expert(name: str) -> Agent[Solution]:
    return Agent(name=name, role="actor", prompt=name, read=read_solution, sampling=COOL)


EXPERT = _expert("expert")
EXPERT_RECALLING = _expert("expert_recalling")
EXPERT_BOARD = _expert("expert_board")
REMINISCE = Agent(
    name="reminisce", role="actor", prompt="reminisce", read=read_recalled, sampling=COOL
)
PLANNER = Agent(
    name="planner",
    role="planner",
    prompt="recruit",
    read=read_team,
    sampling=COOL,
    output=TeamReply,
)


async def recruit(context: Context, problem: Problem, count: int) -> Team:
    """A team of at least `count`, the chosen first; who has no role of the planner's is a
    generalist, and all are where its reply cannot be had: that failure is kept.
    """
    named: Sequence[Team] = ()
    try:
        named = await PLANNER(context, problem, values={"count": str(count)})
    except CALL_ERRORS as error:
        context.fail(error, PLANNER.name)
    roles = [role for team in named for role in team.roles]
    if named and len(roles) >= count:
        return named[0]
    padded = (*roles, *[GENERALIST] * (count - len(roles)))
    return context.add(problem, Team(agent="planner", roles=padded), named)
