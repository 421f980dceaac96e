"""The limits of a run: tokens in all, tokens in sequence, calls, seconds."""

from pydantic import Field

from redraft.core.values import Value


class Budget(Value):
    """`None` means no limit. `seconds` is wall time from the problem's start."""

    total_tokens: int | None = Field(default=None, gt=0)
    sequential_tokens: int | None = Field(default=None, gt=0)
    calls: int | None = Field(default=None, gt=0)
    seconds: float | None = Field(default=None, gt=0)

    @property
    def bounds_tokens(self) -> bool:
        """Whether a call must be measured before it is made."""
        return self.total_tokens is not None or self.sequential_tokens is not None
