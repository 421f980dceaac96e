"""Runs a recipe with nobody's model, to see what it costs before anybody pays for it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from redraft.agents import load_prompts
from redraft.core import (
    DEFAULT_ROLE,
    Behavior,
    Choice,
    Context,
    Example,
    ExampleQuery,
    Problem,
    Query,
    Reply,
    Request,
    Usage,
    Verdict,
)
from redraft.graphs import Recipe, run

_PROBLEM = Problem(id="rehearsal", prompt="?")
_TEXT = "Problem: one.\nSolution: two.\nbehavior_rehearse: Do so.\n"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many completions the recipe took when everybody agreed, and when nobody did.

    `answers` says that in both the last call wrote the answer, `reads` that it asked the handbook
    for examples, of which there were none, `waits` that it goes on as a person says.
    """

    agreed: int
    disagreed: int
    answers: bool
    reads: bool
    waits: bool = False

    @property
    def note(self) -> str:
        """The cost in words: exact where neither models, a handbook nor a person change it."""
        least = min(self.agreed, self.disagreed)
        size = f"{least} completion{'' if least == 1 else 's'}"
        same = self.agreed == self.disagreed and not self.reads
        return size if same and not self.waits else f"At least {size}"


async def rehearsed(recipe: Recipe, knobs: BaseModel) -> Rehearsal:
    """Run `recipe` twice: with agents that agree and are content, and with such that are not."""
    memory = _Empty()
    agreed = await _performed(recipe, knobs, memory, content=True)
    disagreed = await _performed(recipe, knobs, memory, content=False)
    answers = agreed[1] and disagreed[1]
    return Rehearsal(agreed[0], disagreed[0], answers, memory.asked, recipe.thread)


async def _performed(
    recipe: Recipe, knobs: BaseModel, memory: "_Empty", *, content: bool
) -> tuple[int, bool]:
    """Completions, and whether the answer is what the call said that was to write it."""
    player = _Player(content=content)
    context = Context(
        models={DEFAULT_ROLE: player},
        prompts={DEFAULT_ROLE: load_prompts()},
        checker=_same,
        memory=memory,
    )
    outcome = await run(recipe.build(knobs), _PROBLEM, context)
    said = outcome.final.text if outcome.final is not None else ""
    return player.completions, bool(said) and said == player.final.strip()


class _Player:
    """A model that costs nothing: what it says can be read by whoever asks."""

    name = "rehearsal"

    def __init__(self, *, content: bool) -> None:
        self.completions = 0
        self.final = ""
        self._content = content

    async def __call__(self, request: Request) -> Reply:
        """Say something of the right shape."""
        n = request.sampling.n
        texts = [self._text(request, self.completions + place) for place in range(n)]
        self.completions += n
        if request.origin.final:
            self.final = texts[0]
        choices = tuple(Choice(content=text) for text in texts)
        return Reply(choices=choices, usage=Usage(), model=self.name, key=str(self.completions))

    async def count(self, request: Request) -> int:
        """No tokens: nothing is paid."""
        return 0

    def _text(self, request: Request, number: int) -> str:
        schema = request.output_schema
        if schema is not None:
            return json.dumps(_instance(schema, schema, content=self._content))
        if request.origin.role == "teacher":
            return _TEXT
        return f"{_TEXT}\\boxed{{{0 if self._content else number}}}"


def _instance(part: Mapping[str, Any], whole: Mapping[str, Any], *, content: bool) -> Any:
    """A value of the shape `part` with its required fields; judgements are as `content` is."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return _instance(whole["$defs"][name], whole, content=content)
    if "enum" in part:
        return part["enum"][0]
    if "properties" in part:
        fields = part["properties"]
        wanted = part.get("required", ())
        return {name: _instance(fields[name], whole, content=content) for name in wanted}
    if "items" in part:
        return [_instance(part["items"], whole, content=content)]
    plain = {"boolean": content, "string": "rehearsed"}
    return plain.get(part["type"], part.get("minimum", 1) if content else 1)


class _Empty:
    """A memory without anything in it, which knows whether it was `asked` for examples.

    Behaviors are not counted: drafts by them are as many as plain ones.
    """

    version = ""

    def __init__(self) -> None:
        self.asked = False

    async def recall(self, problem: Problem, query: Query) -> Sequence[Behavior]:
        """Nothing."""
        return ()

    async def examples(self, problem: Problem, query: ExampleQuery) -> Sequence[Example]:
        """Nothing."""
        self.asked = True
        return ()

    async def skills(self) -> Sequence[str]:
        """Nothing."""
        self.asked = True
        return ()


async def _same(problem: Problem, answer: str) -> Verdict:
    return Verdict(outcome="passed" if problem.answer == answer else "failed")
