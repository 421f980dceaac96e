"""How several texts are laid out for a model, and how they are cut to a bound in tokens."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from redraft.core import Behavior, Example

CUT = "[...]\n"
_ROUNDS = 6


def number(texts: Sequence[str]) -> str:
    """Numbered sections, from 1."""
    return "\n\n".join(f"Attempt {i}:\n{text}" for i, text in enumerate(texts, start=1))


def recite(behaviors: Iterable[Behavior]) -> str:
    """One line `name: instruction` for each behavior, as in Metacognitive Reuse (2509.13237)."""
    return "\n".join(f"{one.name}: {one.instruction}" for one in behaviors)


def exemplify(examples: Iterable[Example]) -> str:
    """Solved problems, numbered from 1."""
    return "\n\n".join(
        f"Example {i}:\n{one.problem}\nSolution:\n{one.solution}"
        for i, one in enumerate(examples, start=1)
    )


def warn(
    mistakes: Iterable[Example], first: int = 1, *, types: bool = True, pairs: bool = True
) -> str:
    """Known mistakes, numbered from `first`.

    `types` has what kind of error each is and its explanation, and `pairs` the problem with the
    wrong solution and the right one, which also stand in where no kind is known.
    """
    return "\n\n".join(
        "\n".join((f"Mistake {i}:", *_mistake(one, types, pairs)))
        for i, one in enumerate(mistakes, start=first)
    )


def _mistake(one: Example, types: bool, pairs: bool) -> list[str]:
    known = [part for part in (one.error, one.explanation) if part] if types else []
    pair = [one.problem, "Wrong:", one.wrong, "Right:", one.solution]
    return [*known, *pair] if pairs or not known else known


async def fit(
    texts: Sequence[str],
    limit: int,
    count: Callable[[str], Awaitable[int]],
    lay: Callable[[Sequence[str]], str] = number,
) -> str:
    """`texts` laid out in at most `limit` tokens, as `count` measures them.

    Every text is cut in the same proportion and keeps its end, where the answer stands. When
    measuring does not converge, the bytes are cut to `limit`, which no byte-level tokenizer can
    turn into more tokens.
    """
    pieces = list(texts)
    for _ in range(_ROUNDS):
        laid = lay(pieces)
        tokens = await count(laid)
        if tokens <= limit:
            return laid
        share = 0.95 * limit / tokens
        pieces = [_tail(text.removeprefix(CUT), share) for text in pieces]
    return lay(pieces).encode()[-limit:].decode(errors="ignore")


def _tail(text: str, share: float) -> str:
    """The last `share` of `text`, from the start of a line where one is near."""
    tail = text[len(text) - int(len(text) * share) :]
    _, newline, whole_lines = tail.partition("\n")
    return CUT + (whole_lines if newline and len(whole_lines) * 2 > len(tail) else tail)
