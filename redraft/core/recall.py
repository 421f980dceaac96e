"""How a run asks its memory for behaviors."""

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
