"""`redraft handbook` on solved problems and mistakes: taken from a file, listed, found."""

import asyncio
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from redraft.cli.outcome import say
from redraft.cli.terminal import one_line
from redraft.core import Example, ExampleQuery, InputError, Problem
from redraft.memory import (
    Kept,
    Store,
    Taught,
    open_store,
    read_examples,
    stated,
    teach,
    without_password,
)


def tell(book: str, taught: Taught, places: Mapping[int, str]) -> None:
    """Say what became of examples; `places` say where those that were refused stand."""
    counts = f"{taught.added:,} added, {taught.revised:,} revised, {taught.known:,} there already"
    print(f"{counts}, {len(taught.refused):,} refused")
    first = {why: places[place] for place, why in reversed(taught.refused.items())}
    for why, n in Counter(taught.refused.values()).most_common(5):
        print("  " + one_line(f"refused {n:,}: {why} ({first[why]})"))
    print(f"{without_password(book)} is at version {taught.version:,}")


def import_examples(options: Namespace) -> int:
    """Take the examples in a file; returns the exit status, 1 where some were refused."""
    # A file that cannot be read must leave no new handbook behind.
    read = read_examples(Path(options.file))
    taught = asyncio.run(_imported(options, [one for _, one in read]))
    places = {place: f"{options.file}:{read[place][0]}" for place in taught.refused}
    tell(options.book, taught, places)
    return 1 if taught.refused else 0


async def _imported(options: Namespace, examples: list[Example]) -> Taught:
    reason = f"imported from {Path(options.file).name}"
    async with open_store(options.book) as store:
        return await teach(store, examples, says=stated, reason=reason)


async def list_examples(options: Namespace, store: Store) -> int:
    """List examples, or those that a recipe would find for a text; returns the exit status."""
    if options.text is not None:
        found = await _found(options, store)
        if not found:
            say("no example was found; without TEXT all are listed")
        for one in found:
            print(_line(Kept(example=one)))
        return 0
    last = {one.id: one for one in await store.example_history()}
    status = "retired" if options.retired else "active"
    chosen = [
        one
        for one in last.values()
        if one.status == status
        and bool(one.example.wrong) == options.mistakes
        and (not options.skill or not set(options.skill).isdisjoint(one.example.skills))
    ]
    for one in chosen:
        print(_line(one))
    what = "mistakes" if options.mistakes else "solved problems"
    kind = "retired " if options.retired else ""
    print(f"{len(chosen):,} {kind}{what} at version {await store.version():,}")
    return 0


async def _found(options: Namespace, store: Store) -> Sequence[Example]:
    if options.retired:
        raise InputError("--retired lists what is shown no more; leave TEXT out")
    from redraft.cli.handbook_search import seen

    query = ExampleQuery(
        most=options.most, by=options.by, mistakes=options.mistakes, skills=tuple(options.skill)
    )
    async with seen(options, store) as snapshot:
        return await snapshot.examples(Problem(id="search", prompt=options.text), query)


async def show_example(name: str, store: Store) -> int:
    """Show an example whole, with its revisions; returns the exit status."""
    history = [one for one in await store.example_history() if one.id == name]
    if not history:
        raise InputError(f"no example {name!r}; 'redraft handbook examples' shows them all")
    for field, value in history[-1].example.model_dump(exclude_defaults=True).items():
        print(one_line(f"{field}: {', '.join(value) if field == 'skills' else value}"))
    for one in history:
        said = f"{one.status}; {one.reason}" if one.reason else one.status
        print("  " + one_line(f"version {one.version:,}: {said}"))
    return 0


def _line(kept: Kept) -> str:
    """What an example is about, on one line, after its id, by which `show` shows it whole."""
    one = kept.example
    error = f"{one.error}: " if one.error else ""
    skills = f"[{', '.join(one.skills)}] " if one.skills else ""
    about = one_line(f"{skills}{error}{one.problem}", 160)
    why = [f"({one.explanation})"] if one.explanation else []
    why += [f"retired: {kept.reason}"] if kept.status == "retired" else []
    return " ".join([kept.id, about, *(one_line(each, 160) for each in why)])
