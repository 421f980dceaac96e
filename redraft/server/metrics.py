"""The server's numbers, for Prometheus to read at `/metrics`."""

from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from redraft.server.runs import Runs
from redraft.server.turn import Turn

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)


class Metrics:
    """Counts requests, seconds and tokens by model; `names` are the models there are.

    A name that a client made up counts as no model, so that clients cannot make labels.
    """

    def __init__(self, runs: Runs, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "redraft_requests", "Requests answered", ("model", "status"), registry=self._registry
        )
        self._tokens = Counter(
            "redraft_tokens",
            "Tokens of all calls; output holds reasoning",
            ("model", "kind"),
            registry=self._registry,
        )
        self._first = self._histogram("redraft_first_piece_seconds", "Until an answer began")
        self._whole = self._histogram("redraft_request_seconds", "Until an answer ended")
        self._gauge("redraft_active", "Runs that go on").set_function(lambda: runs.active)
        self._gauge("redraft_queued", "Runs that wait").set_function(lambda: runs.queued)

    def note(self, turn: Turn, status: int, seconds: float) -> None:
        """Count a request that has been answered, after so many seconds."""
        model = turn.model if turn.model in self._names else ""
        self._requests.labels(model, str(status)).inc()
        if not model:
            return
        self._whole.labels(model).observe(seconds)
        if turn.first is not None:
            self._first.labels(model).observe(turn.first - turn.began)
        if turn.usage is not None:
            for kind in ("input", "output", "reasoning"):
                self._tokens.labels(model, kind).inc(getattr(turn.usage, kind))

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)

    def _histogram(self, name: str, help_: str) -> Histogram:
        return Histogram(name, help_, ("model",), registry=self._registry, buckets=_SECONDS)

    def _gauge(self, name: str, help_: str) -> Gauge:
        return Gauge(name, help_, registry=self._registry)
