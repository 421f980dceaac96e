"""What the benchmarks ask and what the mock server answers: a kilobyte each way.

Every gold answer is a whole number, and five of eight completions give it, so that votes count,
grades differ and no comparison needs algebra.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from redraft.core import Problem

GOLD = "42"
_STORY = "A mill grinds wheat in rounds and keeps a tally of the sacks that come out of each. " * 12
_WORK = "The tally grows by the sacks of this round, which I add to those counted before it. " * 12


def problems(count: int) -> Iterator[Problem]:
    """`count` problems of about a kilobyte, no two alike."""
    for number in range(count):
        yield Problem(id=f"p{number}", prompt=f"{_STORY}How many in round {number}?", answer=GOLD)


def write_problems(path: Path, count: int) -> Path:
    """A JSON Lines file of `count` problems."""
    with path.open("w", encoding="utf-8") as file:
        for problem in problems(count):
            line = {"id": problem.id, "question": problem.prompt, "answer": problem.answer}
            file.write(json.dumps(line) + "\n")
    return path


def answer(body: Mapping[str, Any]) -> Sequence[str]:
    """A kilobyte for each completion that `body` asks for; its seed chooses which are right."""
    seed = body.get("seed") or 0
    return [
        f"{_WORK}\nThe answer is \\boxed{{{GOLD if (seed + i) % 8 < 5 else 17 + i}}}."
        for i in range(body.get("n") or 1)
    ]
