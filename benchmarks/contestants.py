"""The same work done three ways: by Redraft, by LangGraph with ChatOpenAI, by aiohttp alone.

As a process it is one contestant, which answers a file of problems for each line on its standard
input and prints the CPU seconds that this took. Rivals keep nothing on disk; Redraft keeps its
whole run folder.
"""

import argparse
import asyncio
import gc
import json
import resource
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from redraft.agents import load_prompts
from redraft.core import Problem

MODEL = "mock"
AT_ONCE = 64
N = 8
Run = Callable[[Path, Path], Awaitable[None]]


def messages(problem: Problem) -> list[dict[str, Any]]:
    """The messages that Redraft's actor sends, so that all send the same."""
    turns = load_prompts()["draft"].fill({"problem": problem.text})
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def read(path: Path) -> Iterator[Problem]:
    """The problems, read as simply as can be."""
    with path.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            yield Problem(id=line["id"], prompt=line["question"], answer=line["answer"])


async def in_turn(path: Path, ask: Callable[[Problem], Awaitable[object]]) -> None:
    """Ask every problem, `AT_ONCE` at a time."""
    problems = read(path)

    async def work() -> None:
        for problem in problems:
            await ask(problem)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


@asynccontextmanager
async def raw(url: str) -> AsyncGenerator[Run]:
    """One `json.dumps`, one POST and one `json.loads` a problem: what nobody can do without."""
    import aiohttp

    async def ask(problem: Problem) -> object:
        body = json.dumps({"model": MODEL, "messages": messages(problem), "temperature": 1.0})
        async with session.post(f"{url}/chat/completions", data=body.encode()) as answer:
            return json.loads(await answer.read())

    async def run(path: Path, out: Path) -> None:
        await in_turn(path, ask)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield run


@asynccontextmanager
async def redraft(recipe: str, n: int, url: str) -> AsyncGenerator[Run]:
    """A whole job: problems from the file, run folder with journal, records and summary."""
    from redraft import Endpoint, Settings, solve

    endpoint = Endpoint(url, MODEL)
    knobs = {"n": n} if n > 1 else {}
    settings = Settings(concurrency=AT_ONCE * n)

    async def run(path: Path, out: Path) -> None:
        await solve(path, models=endpoint, recipe=recipe, knobs=knobs, out=out, settings=settings)

    yield run
    await endpoint.aclose()


class _State(TypedDict):
    problem: Problem
    texts: list[str]
    answer: str | None


@asynccontextmanager
async def langgraph(n: int, url: str) -> AsyncGenerator[Run]:
    """A graph of two nodes: draft with one request, then extract the answers and vote."""
    from langchain_core.messages import convert_to_messages
    from langchain_openai import ChatOpenAI
    from langgraph.graph import END, START, StateGraph

    from redraft.tools import extract_answer

    chat = ChatOpenAI(model=MODEL, base_url=url, api_key="none", temperature=1.0, n=n)

    async def draft(state: _State) -> dict[str, Any]:
        made = await chat.agenerate([convert_to_messages(messages(state["problem"]))])
        return {"texts": [generation.text for generation in made.generations[0]]}

    async def tally(state: _State) -> dict[str, Any]:
        answers = [extract_answer(text, state["problem"]) for text in state["texts"]]
        return {"answer": Counter(answers).most_common(1)[0][0]}

    graph = StateGraph(_State)
    graph.add_node("draft", draft)
    graph.add_node("tally", tally)
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "tally")
    graph.add_edge("tally", END)
    compiled = graph.compile()

    async def ask(problem: Problem) -> object:
        return await compiled.ainvoke({"problem": problem})

    async def run(path: Path, out: Path) -> None:
        await in_turn(path, ask)

    yield run


@dataclass(frozen=True)
class Contestant:
    """Who solves, and how many completions each problem takes."""

    at: Callable[[str], AbstractAsyncContextManager[Run]]
    completions: int


CONTESTANTS = {
    "raw": Contestant(raw, 1),
    "single": Contestant(partial(redraft, "single", 1), 1),
    "vote": Contestant(partial(redraft, "vote", N), N),
    "langgraph single": Contestant(partial(langgraph, 1), 1),
    "langgraph vote": Contestant(partial(langgraph, N), N),
}


def cpu_seconds() -> float:
    """User and system time of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _compete(name: str, url: str, problems: Path) -> None:
    async with CONTESTANTS[name].at(url) as run:
        for number, _ in enumerate(sys.stdin):
            gc.collect()
            before = cpu_seconds()
            await run(problems, problems.parent / f"{name}-{number}")
            print(cpu_seconds() - before, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CONTESTANTS)
    parser.add_argument("url")
    parser.add_argument("problems", type=Path)
    given = parser.parse_args()
    asyncio.run(_compete(given.name, given.url, given.problems))
