"""Models that say what a test tells them to: scripted, recorded, failing and counting ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from redraft.core import Choice, Model, ModelError, RedraftError, Reply, Request, Usage
from redraft.testing.tokens import tokens

Said = str | Choice | Sequence[str | Choice] | Reply
Line = str | Choice | Reply | RedraftError


class Scripted:
    """A model whose replies are written beforehand.

    `script` is a function of the request, or a list that is read in order: a `str` or `Choice`
    is one completion (a request with n=3 takes three of them), a `Reply` answers a whole request
    and an error is raised for one. A function may give one text for all completions, or one for
    each. A list that has ended raises `LookupError`, since then the test is wrong.

    `requests` keeps every request in order.
    """

    def __init__(
        self, script: Sequence[Line] | Callable[[Request], Said], *, name: str = "scripted"
    ) -> None:
        self.name = name
        self.requests: list[Request] = []
        self._answer = script if callable(script) else _Reader(script)

    async def __call__(self, request: Request) -> Reply:
        """Say the next lines of the script."""
        self.requests.append(request)
        return as_reply(self._answer(request), request, self.name)

    async def count(self, request: Request) -> int:
        """The prompt's tokens, by the doubles' own count."""
        return prompt_tokens(request)


class _Reader:
    """Reads a list of lines as a function of the request."""

    def __init__(self, script: Sequence[Line]) -> None:
        self._lines: Iterator[Line] = iter(script)
        self._length = len(script)

    def __call__(self, request: Request) -> Said:
        said: list[str | Choice] = []
        while len(said) < request.sampling.n:
            line = self._next()
            if isinstance(line, RedraftError):
                raise line
            if isinstance(line, Reply):
                return line
            said.append(line)
        return said

    def _next(self) -> Line:
        for line in self._lines:
            return line
        raise LookupError(f"the script of {self._length} lines has ended, and is asked for more")


class Recorded:
    """A model that replays real texts, given by `Problem.key`.

    Completion `i` of a request with seed `s` is text `(s + i) % len` of its problem, so that the
    same request gets the same texts. A problem without texts is a `ModelError`.
    """

    def __init__(self, texts: Mapping[str, Sequence[str]], *, name: str = "recorded") -> None:
        self.name = name
        self._texts = texts

    async def __call__(self, request: Request) -> Reply:
        """Replay the texts of the request's problem."""
        texts = self._texts.get(request.origin.problem, ())
        if not texts:
            raise ModelError(f"{self.name}: no text for problem key {request.origin.problem!r}")
        start = request.sampling.seed or 0
        said = [texts[(start + i) % len(texts)] for i in range(request.sampling.n)]
        return as_reply(said, request, self.name)

    async def count(self, request: Request) -> int:
        """The prompt's tokens, by the doubles' own count."""
        return prompt_tokens(request)


class Failing:
    """A model that raises `error` for its first `times` calls (`None`: always), then is `then`."""

    def __init__(self, error: RedraftError, then: Model, *, times: int | None = None) -> None:
        self.calls = 0
        self._error = error
        self._then = then
        self._times = times

    @property
    def name(self) -> str:
        """The name of the model behind it."""
        return self._then.name

    async def __call__(self, request: Request) -> Reply:
        """Raise, or pass on once the failures are used up."""
        self.calls += 1
        if self._times is None or self.calls <= self._times:
            raise self._error
        return await self._then(request)

    async def count(self, request: Request) -> int:
        """Tokens as the model behind counts them."""
        return await self._then.count(request)


class Counting:
    """Counts what passes: `calls`, `completions`, and how many completions were in flight."""

    def __init__(self, inner: Model) -> None:
        self.calls = 0
        self.completions = 0
        self.in_flight = 0
        self.peak = 0
        self._inner = inner

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    async def __call__(self, request: Request) -> Reply:
        """Pass `request` on and count it."""
        n = request.sampling.n
        self.calls += 1
        self.in_flight += n
        self.peak = max(self.peak, self.in_flight)
        try:
            reply = await self._inner(request)
        finally:
            self.in_flight -= n
        self.completions += len(reply.choices)
        return reply

    async def count(self, request: Request) -> int:
        """Tokens as the inner model counts them."""
        return await self._inner.count(request)


def prompt_tokens(request: Request) -> int:
    """Tokens of all messages, plus one for each."""
    return sum(tokens(message.content) + 1 for message in request.messages)


def as_reply(said: Said, request: Request, name: str) -> Reply:
    """`said` as the reply to `request`, with usage counted by the doubles' own tokens."""
    if isinstance(said, Reply):
        return said
    lines = [said] * request.sampling.n if isinstance(said, str | Choice) else said
    choices = tuple(_choice(line) for line in lines)
    usage = Usage(
        input=prompt_tokens(request),
        output=sum(choice.output_tokens for choice in choices),
        reasoning=sum(tokens(choice.reasoning) for choice in choices),
    )
    return Reply(choices=choices, usage=usage, model=name)


def _choice(line: str | Choice) -> Choice:
    if isinstance(line, str):
        return Choice(content=line, output_tokens=tokens(line))
    if line.output_tokens:
        return line
    spent = tokens(line.content) + tokens(line.reasoning)
    return line.model_copy(update={"output_tokens": spent})
