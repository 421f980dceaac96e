"""One error type for each boundary that a run crosses.

Every message is one line that names the place (file, line, field, endpoint) and says what to do.
"""


class RedraftError(Exception):
    """Base of all errors that Redraft raises on purpose; `str(error)` is meant for the user."""

    kind = "error"


class InputError(RedraftError):
    """Something that the user wrote is wrong: a problem file, a knob, a config, an option."""

    kind = "input"


class ModelError(RedraftError):
    """A model did not answer a request.

    `status` is the HTTP status where there was one. `transient` says that the same request may
    succeed later; `retry_after` is the server's wish, in seconds.
    """

    kind = "model"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.transient = transient
        self.retry_after = retry_after


class OutputError(RedraftError):
    """A model answered, but its text is not what the agent's contract asks for."""

    kind = "output"


class BudgetError(RedraftError):
    """A call was refused because a budget has no room for it; `limit` names the budget."""

    kind = "budget"

    def __init__(self, message: str, *, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class EngineError(RedraftError):
    """A vLLM engine or server of ours could not be started or died."""

    kind = "engine"


class StoreError(RedraftError):
    """A file that keeps a run (journal, records) is damaged, foreign or cannot be written.

    `transient` says that it is away for the moment: the same may succeed later.
    """

    kind = "store"

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class GraphError(RedraftError):
    """A graph cannot run as it is drawn."""

    kind = "graph"
