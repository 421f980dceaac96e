"""The embeddings that the mock server writes: a pure function from body to body."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import shake_128
from typing import Any

from redraft.testing.tokens import tokens

Body = Mapping[str, Any]


def embeddings(body: Body, *, dimensions: int, usage: bool) -> dict[str, Any]:
    """The answer to `body` in the shape of the OpenAI API, one vector for each text."""
    texts = _inputs(body)
    reply: dict[str, Any] = {
        "id": "mock",
        "object": "list",
        "model": body["model"],
        "data": [
            {"object": "embedding", "index": index, "embedding": vector(text, dimensions)}
            for index, text in enumerate(texts)
        ],
    }
    if usage:
        count = sum(tokens(text) for text in texts)
        reply["usage"] = {"prompt_tokens": count, "total_tokens": count, "completion_tokens": 0}
    return reply


def longest_input(body: Body) -> int:
    """Tokens of the longest text, as far as the request does not have it cut."""
    if "truncate_prompt_tokens" in body:
        return 0
    return max(map(tokens, _inputs(body)))


def vector(text: str, dimensions: int) -> list[float]:
    """A vector of length 1: the sum of one of signs for each word, so shared words show.

    Its first number is never 0.
    """
    words = re.findall(r"\w+", text.casefold()) or [text]
    sums = [0] * dimensions
    for word, count in Counter(words).items():
        signs = shake_128(word.encode(errors="backslashreplace")).digest(dimensions)
        signed = (count if sign & 1 else -count for sign in signs)
        sums = [total + one for total, one in zip(sums, signed, strict=True)]
    sums[0] = len(words)
    length = math.hypot(*sums)
    return [total / length for total in sums]


def _inputs(body: Body) -> Sequence[str]:
    given = body["input"]
    return [given] if isinstance(given, str) else given
