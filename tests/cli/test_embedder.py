"""Who embeds for a handbook: named on the command line, in a catalog, or by the job."""

import asyncio
from pathlib import Path

import pytest

from redraft.jobs import load_job
from redraft.memory import Entry, open_store
from redraft.testing import MockServer, Traits

BOOK = {
    "behavior_area": "Draw the height of a triangle before its area.",
    "behavior_zero": "Adding 0 changes nothing, so write the case as it is.",
}
RUN = ("solve", "problems.jsonl", "--recipe", "behaviors", "--set", "by=embedding")
SEARCH = ("handbook", "search", "What is 4 + 0?", "--handbook", "book.db", "--by", "embedding")


@pytest.fixture
def book(here: Path) -> Path:
    """A handbook of two behaviors."""

    async def write() -> None:
        async with open_store("book.db") as store:
            entries = [Entry(name=name, instruction=text) for name, text in BOOK.items()]
            await store.write(entries, read=0)

    asyncio.run(write())
    return here


def asked(server: MockServer) -> list[str]:
    """Every text that was embedded."""
    return [text for body in server.stats.bodies for text in body.get("input", ())]


def at(server: MockServer, name: str = "vectors") -> tuple[str, ...]:
    return ("--embedder", name, "--embedder-endpoint", server.url)


@pytest.fixture
def run(book: Path, serve, redraft):
    """Run `redraft solve` with that handbook, chatting with a server of its own."""
    chat = serve(traits=Traits(dimensions=0))

    def run(*more: object, status: int = 0) -> str:
        line = (*RUN, "--handbook", "book.db", "--endpoint", chat.url, "--model", "mock")
        done, out, err = redraft(*line, *more)
        assert done == status, err
        return out + err

    return run


def test_the_embedder_is_part_of_the_job_and_kept_for_the_next_start(run, serve, redraft):
    server = serve(traits=Traits(models=("vectors",)))
    said = run(*at(server), "--limit", 2)
    assert "embeddings: vectors read" in said
    folder = Path("runs/behaviors-problems")
    assert load_job(folder / "job.toml").models["embedder"]["model"] == "vectors"
    assert (folder / "vectors.sqlite").is_file()
    before = asked(server)
    assert set(BOOK.values()) <= set(before)
    status, _, err = redraft("solve", "--job", folder, "--limit", 4)
    assert status == 0, err
    after = asked(server)[len(before) :]
    assert len([text for text in after if text.startswith("What is")]) == 2
    assert not set(after) & set(BOOK.values())


def test_another_embedder_is_another_job(run, serve):
    run("--out", "first", "--limit", 1)
    server = serve(traits=Traits(models=("vectors",)))
    said = run("--out", "first", *at(server), status=2)
    assert 'models.embedder was not set and is now "vectors"' in said


def test_without_a_handbook_nobody_embeds(here: Path, serve, redraft):
    server, chat = serve(traits=Traits(models=("vectors",))), serve()
    line = ("solve", "problems.jsonl", "--recipe", "single", "--endpoint", chat.url)
    status, _, err = redraft(*line, "--model", "mock", "--out", "run", *at(server))
    assert status == 0, err
    assert list(load_job(Path("run/job.toml")).models) == ["default"]
    assert not asked(server)


def test_a_search_takes_the_embedder_of_the_catalog(book: Path, serve, redraft):
    server = serve(traits=Traits(models=("vectors",)))
    catalog = f'[models.v]\nendpoint = "{server.url}"\nmodel = "vectors"\n'
    Path("redraft.toml").write_text(f'{catalog}[roles]\nembedder = "v"\n')
    status, out, err = redraft(*SEARCH, "--most", 1)
    assert status == 0, err
    assert out.startswith("behavior_")
    assert "What is 4 + 0?" in asked(server)
    _, out, _ = redraft("doctor")
    assert f"endpoint {server.url} (embedder)" in out


def test_a_search_takes_the_embedder_of_the_command_line(book: Path, serve, redraft):
    server = serve(traits=Traits(models=("vectors",)))
    status, _, err = redraft(*SEARCH, *at(server))
    assert status == 0, err
    assert "What is 4 + 0?" in asked(server)


def test_mistakes_are_one_line(book: Path, serve, redraft):
    chat = serve(traits=Traits(dimensions=0))
    mistakes = {
        ("--embedder-endpoint", chat.url): "needs --embedder MODEL",
        ("--embedder", "./none"): "./none: no such model folder",
        ("--embedder", "mok", "--embedder-endpoint", chat.url): "did you mean 'mock'",
        ("--embedder", "mock", "--embedder-endpoint", chat.url): "gives no embeddings with 'mock'",
    }
    for line, told in mistakes.items():
        status, out, err = redraft(*SEARCH, *line)
        assert status in (1, 2)
        assert out == ""
        assert told in err
        assert err.count("\n") == 1
