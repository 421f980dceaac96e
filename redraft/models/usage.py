"""Tokens of a reply: as the server reports them, apportioned where it reports only a sum."""

from collections.abc import Sequence

from pydantic import BaseModel

from redraft.core import Choice, Request, Usage


class _PromptDetails(BaseModel):
    cached_tokens: int | None = None


class _OutputDetails(BaseModel):
    reasoning_tokens: int | None = None


class WireUsage(BaseModel):
    """OpenAI's `usage`; servers leave out or null what they do not count."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


def estimate(text: str) -> int:
    """Tokens of `text` where nobody counted them: one for every four bytes of UTF-8 begun."""
    return (len(text.encode()) + 3) // 4


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` out by `weights` in whole numbers that add up to it exactly.

    Largest remainder first, ties to the earlier; equal shares when all weights are zero.
    """
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares


def measure(
    reported: WireUsage | None, choices: Sequence[Choice], request: Request
) -> tuple[Usage, list[Choice]]:
    """The call's usage, and `choices` with their `output_tokens` filled in.

    A sum reported for several completions is exact; its parts are apportioned by length of text
    and marked `estimated`. Without a report, everything is estimated from the texts and marked.
    Reasoning tokens that are not reported are apportioned from the reported output; this alone
    sets no mark, since input and output stay exact.
    """
    if reported is None or reported.completion_tokens is None or reported.prompt_tokens is None:
        return _guess(choices, request)
    output = reported.completion_tokens
    shares = apportion(output, [_length(choice) for choice in choices])
    guessed = len(choices) > 1
    counted = [
        choice.model_copy(update={"output_tokens": share, "estimated": guessed})
        for choice, share in zip(choices, shares, strict=True)
    ]
    details = reported.completion_tokens_details
    reasoning = details.reasoning_tokens if details else None
    if reasoning is None:
        reasoning = sum(_thought(choice) for choice in counted)
    prompt = reported.prompt_tokens_details
    cached = (prompt.cached_tokens if prompt else None) or 0
    usage = Usage(input=reported.prompt_tokens, output=output, reasoning=reasoning, cached=cached)
    return usage, counted


def _guess(choices: Sequence[Choice], request: Request) -> tuple[Usage, list[Choice]]:
    counted = [
        choice.model_copy(update={"output_tokens": _tokens(choice), "estimated": True})
        for choice in choices
    ]
    usage = Usage(
        input=sum(estimate(message.content) for message in request.messages),
        output=sum(choice.output_tokens for choice in counted),
        reasoning=sum(estimate(choice.reasoning) for choice in counted),
        estimated=True,
    )
    return usage, counted


def _tokens(choice: Choice) -> int:
    calls = sum(estimate(call.name) + estimate(call.arguments) for call in choice.tool_calls)
    return estimate(choice.reasoning) + estimate(choice.content) + calls


def _length(choice: Choice) -> int:
    calls = sum(len(call.name) + len(call.arguments) for call in choice.tool_calls)
    return len(choice.reasoning) + len(choice.content) + calls


def _thought(choice: Choice) -> int:
    if not choice.reasoning:
        return 0
    return choice.output_tokens * len(choice.reasoning) // _length(choice)
