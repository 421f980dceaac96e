"""What a server can do: asked once, without generating anything."""

import difflib
from collections.abc import Mapping
from typing import Any

from redraft.core import InputError, Value


class Abilities(Value):
    """What the server at `url` said about itself and about `model`.

    `vllm` is the version where the server is vLLM, `models` are the names that it serves (empty
    when it does not list them), `max_model_len` is the context in tokens where it tells.
    `n` and `json_schema` are part of the OpenAI API and taken for granted until refused.
    `continue_final` and `tokenize` are known of vLLM alone. `thinking_budget` is `None` until the
    first request that asks for one: vLLM accepts it only where it was started with a reasoning
    parser or `--reasoning-config`, as our own servers are. `priority` is whether the server takes
    a call's priority: vLLM does, and heeds it where it was started with `--scheduling-policy
    priority`; some versions refuse it otherwise, which is learnt from the first refusal.
    """

    url: str
    model: str
    vllm: str | None = None
    models: tuple[str, ...] = ()
    max_model_len: int | None = None
    n: bool = True
    json_schema: bool = True
    continue_final: bool = False
    tokenize: bool = False
    thinking_budget: bool | None = False
    priority: bool = False


def abilities(url: str, model: str, cards: Mapping[str, Any], version: str | None) -> Abilities:
    """Read the answers of `/models` and `/version`; `tokenize` is left to be asked.

    Raises `InputError` for a model that the server does not list, with the nearest name.
    """
    listed = {card["id"]: card for card in cards.get("data", ())}
    if listed and model not in listed:
        near = difflib.get_close_matches(model, listed, 1, 0.0)[0]
        raise InputError(
            f"{url} does not serve {model!r}; it serves {', '.join(listed)} "
            f"(did you mean {near!r}?)"
        )
    return Abilities(
        url=url,
        model=model,
        vllm=version,
        models=tuple(listed),
        max_model_len=listed.get(model, {}).get("max_model_len"),
        continue_final=version is not None,
        thinking_budget=None if version is not None else False,
        priority=version is not None,
    )
