"""Adds records up as they come in, and says at the end how often a run was right and its cost."""

from array import array
from collections import Counter, defaultdict

from redraft.core import Record, Usage, Value
from redraft.jobs.records import is_open
from redraft.jobs.statistics import interval, pass_at, quantile, vote_is_right


class Rate(Value):
    """A share of problems, in [0, 1], with its 95 % interval."""

    value: float
    low: float
    high: float


class Spread(Value):
    """How a figure spreads over problems."""

    median: int
    p95: int


class Learning(Value):
    """What a run taught its handbook.

    `solutions` were learnt from and `named` behaviors in them; `usage` are the tokens of that by
    agent, apart from those of the problems. `version` is the handbook's after the last step, `None`
    where nothing was learnt yet. `left` solved problems were not learnt from, `trouble` says why.
    """

    solutions: int = 0
    named: int = 0
    usage: dict[str, Usage] = {}
    version: str | None = None
    left: int = 0
    trouble: str = ""

    @property
    def tokens(self) -> Usage:
        """Tokens of all agents together."""
        return sum(self.usage.values(), Usage())


class Summary(Value):
    """What a run came to.

    `graded` problems have a gold answer, and `accuracy` is their share that is right; `undecided`
    and `no_answer` count as not right. `pass_at` maps k to pass@k over the `voted` problems, those
    with several candidates, as does `vote`. `b_seq` and `b_total` are tokens per problem, `usage`
    tokens by agent. `oracle` marks a run that looked at gold answers to steer itself.
    `skipped_first` says what was wrong with the first skipped entries. `seconds` is wall time and
    `tokens_per_second` output tokens over it, both of the last start that solved anything.
    `learning` is what a run taught its handbook; its tokens are in no other figure.
    """

    recipe: str = ""
    problems: int = 0
    graded: int = 0
    correct: int = 0
    undecided: int = 0
    no_answer: int = 0
    accuracy: Rate | None = None
    voted: int = 0
    pass_at: dict[int, float] = {}
    vote: Rate | None = None
    oracle: bool = False
    b_seq: Spread = Spread(median=0, p95=0)
    b_total: Spread = Spread(median=0, p95=0)
    calls: int = 0
    usage: dict[str, Usage] = {}
    failures: dict[str, int] = {}
    stopped_by: dict[str, int] = {}
    counts: dict[str, int] = {}
    skipped: int = 0
    skipped_first: tuple[str, ...] = ()
    complete: bool = False
    seconds: float = 0.0
    tokens_per_second: float = 0.0
    learning: Learning | None = None

    @property
    def tokens(self) -> Usage:
        """Tokens of all agents together."""
        return sum(self.usage.values(), Usage())


class Tally:
    """A running sum of records: 16 bytes a problem, whatever they hold.

    `finished` problems are those that another start leaves alone.
    """

    def __init__(self) -> None:
        self.problems = self.graded = self.correct = self.undecided = self.no_answer = 0
        self.calls = self.tokens = self.output_tokens = self.finished = 0
        self._recipe, self._oracle = "", False
        self._b_seq, self._b_total = array("q"), array("q")
        self._usage: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._failures: Counter[str] = Counter()
        self._stopped_by: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._voted = self._votes_right = 0
        self._passed: defaultdict[int, float] = defaultdict(float)
        self._tried: Counter[int] = Counter()

    @property
    def accuracy(self) -> Rate | None:
        """The share of graded problems that is right so far."""
        return _rate(self.correct, self.graded)

    def add(self, record: Record) -> None:
        """Count one more problem."""
        self.problems += 1
        self.finished += not is_open(record)
        self.calls += record.calls
        self.tokens += record.b_total
        self.no_answer += record.answer is None
        if record.gold is not None:
            self.graded += 1
            self.correct += record.correct is True
            self.undecided += record.correct is None
            self._add_candidates(record)
        self._recipe = record.recipe
        self._oracle = self._oracle or "oracle" in record.knobs.values()
        self._b_seq.append(record.b_seq)
        self._b_total.append(record.b_total)
        self._stopped_by[record.stopped_by] += 1
        self._failures.update(failure.kind for failure in record.failures)
        self._counts.update(record.counts)
        for agent, usage in record.usage.items():
            self.output_tokens += usage.output
            self._add_usage(self._usage[agent], usage)

    def _add_usage(self, sums: Counter[str], usage: Usage) -> None:
        sums["input"] += usage.input
        sums["output"] += usage.output
        sums["reasoning"] += usage.reasoning
        sums["cached"] += usage.cached
        sums["estimated"] |= usage.estimated

    def _add_candidates(self, record: Record) -> None:
        of, right = len(record.candidates), record.candidates_correct.count(True)
        if of < 2 or len(record.candidates_correct) != of:
            return
        self._voted += 1
        self._votes_right += vote_is_right(record.candidates, record.candidates_correct)
        k = 1
        while k <= of:
            self._passed[k] += pass_at(k, right, of)
            self._tried[k] += 1
            k *= 2

    def summary(self) -> Summary:
        """All figures so far; what only the run knows (skipped entries, time) is left unset."""
        full = [k for k, tried in sorted(self._tried.items()) if tried == self._voted]
        return Summary(
            recipe=self._recipe,
            problems=self.problems,
            graded=self.graded,
            correct=self.correct,
            undecided=self.undecided,
            no_answer=self.no_answer,
            accuracy=self.accuracy,
            voted=self._voted,
            pass_at={k: self._passed[k] / self._tried[k] for k in full},
            vote=_rate(self._votes_right, self._voted),
            oracle=self._oracle,
            b_seq=_spread(self._b_seq),
            b_total=_spread(self._b_total),
            calls=self.calls,
            usage={agent: Usage.model_validate(sums) for agent, sums in self._usage.items()},
            failures=dict(self._failures),
            stopped_by=dict(self._stopped_by),
            counts=dict(self._counts),
        )


def _rate(right: int, of: int) -> Rate | None:
    if not of:
        return None
    low, high = interval(right, of)
    return Rate(value=right / of, low=low, high=high)


def _spread(values: "array[int]") -> Spread:
    return Spread(median=quantile(values, 0.5), p95=quantile(values, 0.95))
