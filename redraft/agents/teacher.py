"""The teacher: one hint that must not contain the answer (Adaptive Guidance, 2506.13923).

The paper's reviewers asked for checks on the quality of hints; the leak check here is ours and
simple: a boxed answer, or an answer of the drafts that the problem does not mention.
"""

import re
from collections.abc import Sequence

from redraft.agents.agent import Agent
from redraft.agents.layout import number
from redraft.core import Choice, Context, Hint, OutputError, Problem, Sampling, Solution


def read_hint(choice: Choice, problem: Problem) -> Hint:
    """The hint as it was written; an empty one is unreadable."""
    text = choice.content.strip()
    if not text:
        raise OutputError("the hint is empty")
    if "\\boxed" in text:
        raise OutputError("the hint contains a boxed answer; a hint must not state the answer")
    return Hint(text=text)


TEACHER = Agent(
    name="teacher",
    role="teacher",
    prompt="hint",
    read=read_hint,
    sampling=Sampling(temperature=0.0),
)


def leaks(hint: str, answers: Sequence[str], problem: str) -> bool:
    """Whether `hint` states one of `answers`, as a whole token that is not in `problem`."""
    return any(_states(hint, answer) and not _states(problem, answer) for answer in answers)


def _states(text: str, answer: str) -> bool:
    token = re.escape(answer.strip())
    return bool(token) and re.search(rf"(?<![\w.]){token}(?!\w|\.\d)", text) is not None


async def teach(
    context: Context, problem: Problem, drafts: Sequence[Solution], index: int = 0
) -> Hint:
    """A hint for a student who wrote `drafts`.

    Raises `OutputError` when the hint gives an answer away; the caller goes on without it.
    """
    shown = {"solutions": number([draft.text for draft in drafts])}
    (hint,) = await TEACHER(context, problem, parents=drafts, values=shown, index=index)
    answers = [draft.answer for draft in drafts if draft.answer]
    if leaks(hint.text, answers, problem.text):
        raise OutputError("the teacher's hint states an answer and was thrown away")
    return hint
