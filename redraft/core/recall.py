"""How a run asks its memory for behaviors and for solved problems."""

from typing import Literal

from pydantic import Field

from redraft.core.values import Value

Retrieval = Literal["topic", "lexical", "embedding", "hybrid", "worth"]


class Query(Value):
    """Which behaviors are wanted: at most `most`, the most useful first.

    `by` says how relevance is judged; `worth` does not ask for it and goes by evidence alone, which
    suits a handbook of one kind of problem. `seed` decides what memory leaves to chance: the same
    seed at the same version gives the same behaviors.
    """

    most: int = Field(default=5, gt=0)
    by: Retrieval = "hybrid"
    seed: int = 0


ErrorType = Literal["calculation", "numeric", "logical", "linguistic", "commonsense", "context"]
"""The kinds of mistakes: CoTErrorSet's six (arXiv 2403.20046, appendix C)."""


class Example(Value):
    """A solved problem of an earlier run or of a corpus.

    `key` names the problem, `solution` passed a check. `wrong` is an attempt that did not, with the
    kind of its `error` (an `ErrorType`) and an `explanation` where somebody wrote them; all three
    are empty where nothing went wrong. `skills` are those that the solution takes or, beside a
    `wrong` attempt, those that it lacked.
    """

    key: str
    problem: str
    solution: str
    wrong: str = ""
    error: str = ""
    explanation: str = ""
    skills: tuple[str, ...] = ()


class ExampleQuery(Value):
    """Which examples are wanted: at most `most`, the most alike first, never the problem itself.

    With `mistakes`, those that hold a wrong attempt, else those that do not. Where `skills` are
    named, those that share at least one. `seed` decides what is left to chance.
    """

    most: int = Field(default=5, gt=0)
    mistakes: bool = False
    skills: tuple[str, ...] = ()
    by: Literal["lexical", "embedding", "hybrid"] = "hybrid"
    seed: int = 0
