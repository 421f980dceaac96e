"""The shared board of Xolver (arXiv 2506.14234): of all judged solutions so far, the best few."""

from collections.abc import Iterable, Sequence

from redraft.agents import fit
from redraft.core import Context, Message, Request, Solution, Value, Verdict


class Entry(Value):
    """A solution, the judge's verdict on it, and the role, round and place it comes from.

    `verdict` is `None` where the judge failed; such an entry scores 0, as in the paper's code.
    """

    solution: Solution
    verdict: Verdict | None = None
    role: str = ""
    round: int = 0
    place: int = 0

    @property
    def score(self) -> float:
        """The judge's score, from 0 to 1."""
        return (self.verdict and self.verdict.score) or 0.0

    @property
    def comment(self) -> str:
        """The judge's reasons, if it gave any."""
        return "" if self.verdict is None else self.verdict.comment


STATE_VALUES: tuple[type[Value], ...] = (Entry,)
"""What states of graphs hold beside values of core: whoever keeps states must know them."""


def top(entries: Iterable[Entry], most: int) -> list[Entry]:
    """The `most` entries with the highest scores, the best first.

    On a tie the later round comes first, since its author had seen the board (ours: the paper
    states no rule), then the earlier place.
    """
    return sorted(entries, key=lambda one: (-one.score, -one.round, one.place))[:most]


def converged(board: Sequence[Entry], most: int, score: float) -> bool:
    """Whether the board is full and every entry on it has at least `score`."""
    return len(board) == most and all(one.score >= score for one in board)


async def lay_board(context: Context, board: Sequence[Entry], tokens: int) -> str:
    """The entries with roles, scores and the judge's words, in at most `tokens` actor's tokens.

    What is too long is cut evenly from the start of each solution.
    """
    model = context.model("actor")

    async def count(text: str) -> int:
        return await model.count(Request(messages=(Message(role="user", content=text),)))

    def lay(texts: Sequence[str]) -> str:
        return "\n\n".join(
            _section(place, entry, text)
            for place, (entry, text) in enumerate(zip(board, texts, strict=True), start=1)
        )

    return await fit([entry.solution.text for entry in board], tokens, count, lay)


def _section(place: int, entry: Entry, text: str) -> str:
    role = f" ({entry.role})" if entry.role else ""
    comment = f"\nJudge: {entry.comment}" if entry.comment else ""
    return f"Solution {place}{role}, score {entry.score:.2g}:\n{text}{comment}"
