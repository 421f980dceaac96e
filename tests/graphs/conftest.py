"""A model that answers by agent, and a way to run a recipe on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from redraft.agents import load_prompts
from redraft.core import (
    Context,
    Example,
    ExampleQuery,
    Memory,
    Problem,
    RedraftError,
    Request,
    Verdict,
)
from redraft.graphs import RECIPES, Outcome, run
from redraft.testing import Scripted

Said = str | list[str] | RedraftError
PROBLEM = Problem(id="p", prompt="What is 6 times 7?", answer="42")


async def same_text(problem: Problem, answer: str) -> Verdict:
    return Verdict(outcome="passed" if problem.answer == answer else "failed")


class Keyed(Scripted):
    """A scripted model whose calls have names, as those of a journaled one have."""

    async def __call__(self, request):
        reply = await super().__call__(request)
        return reply.model_copy(update={"key": request.key(self.name)})


@dataclass
class Ran:
    """What a recipe made of the problem, and what it asked for on the way."""

    outcome: Outcome
    context: Context
    requests: list[Request]

    def of(self, agent: str) -> list[Request]:
        return [request for request in self.requests if request.origin.agent == agent]


@dataclass
class Solved:
    """A memory of solved problems, in the order in which they are most alike to any problem."""

    has: Sequence[Example]
    version: str = "solved@3"
    asked: list[ExampleQuery] = field(default_factory=list)

    async def recall(self, problem, query):
        return ()

    async def examples(self, problem, query):
        self.asked.append(query)
        wanted = [one for one in self.has if bool(one.wrong) == query.mistakes]
        if query.skills:
            wanted = [one for one in wanted if set(one.skills) & set(query.skills)]
        return [one for one in wanted if one.key != problem.key][: query.most]

    async def skills(self):
        return sorted({skill for one in self.has for skill in one.skills})


@pytest.fixture
def solved() -> Callable[..., Solved]:
    """`solved(example, ...)`: a memory that holds these."""
    return lambda *examples: Solved(examples)


@pytest.fixture
def ask() -> Callable[..., object]:
    """`await ask(recipe, {agent: what it says}, **knobs)`; a list is said one request at a time."""

    async def ask(
        name: str,
        says: Mapping[str, object],
        problem: Problem = PROBLEM,
        memory: Memory | None = None,
        **knobs,
    ):
        left = {
            agent: list(said) if isinstance(said, list) else said for agent, said in says.items()
        }

        def reply(request: Request) -> Said:
            said = left[request.origin.agent]
            if isinstance(said, list):
                said = said.pop(0)
            if callable(said):
                said = said(request)
            if isinstance(said, RedraftError):
                raise said
            return said

        model = Keyed(reply)
        context = Context(
            models={"default": model},
            prompts={"default": load_prompts()},
            checker=same_text,
            seed=1,
            memory=memory,
        )
        recipe = RECIPES[name]
        outcome = await run(recipe.build(recipe.parse(knobs)), problem, context)
        return Ran(outcome, context, model.requests)

    return ask
