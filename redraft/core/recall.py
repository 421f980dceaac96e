"""How a run asks its memory for behaviors."""

from typing import Literal

from pydantic import Field

from redraft.core.values import Value

Retrieval = Literal["topic", "lexical", "embedding", "hybrid"]


class Query(Value):
    """Which behaviors are wanted: at most `most`, the most useful first.

    `by` says how relevance is judged. `seed` decides what memory leaves to chance: the same seed
    at the same version gives the same behaviors.
    """

    most: int = Field(default=5, gt=0)
    by: Retrieval = "hybrid"
    seed: int = 0
