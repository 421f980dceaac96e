"""`redraft handbook` on solved problems and mistakes: taken from a file, listed, found."""

import asyncio
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from redraft.cli.terminal import one_line
from redraft.core import Example, ExampleQuery, Problem
from redraft.memory import (
    Store,
    Taught,
    open_store,
    read_examples,
    teach,
    without_password,
)


def tell(book: str, taught: Taught, places: Mapping[int, str]) -> None:
    """Say what became of examples; `places` say where those that were refused stand."""
    counts = f"{taught.added:,} added, {taught.known:,} there already"
    print(f"{counts}, {len(taught.refused):,} refused")
    first = {why: places[place] for place, why in reversed(taught.refused.items())}
    for why, n in Counter(taught.refused.values()).most_common(5):
        print("  " + one_line(f"refused {n:,}: {why} ({first[why]})"))
    print(f"{without_password(book)} is at version {taught.version:,}")


def import_examples(options: Namespace) -> int:
    """Take the examples in a file; returns the exit status, 1 where some were refused."""
    # A file that cannot be read must leave no new handbook behind.
    read = read_examples(Path(options.file))
    taught = asyncio.run(_imported(options.book, [one for _, one in read]))
    places = {place: f"{options.file}:{read[place][0]}" for place in taught.refused}
    tell(options.book, taught, places)
    return 1 if taught.refused else 0


async def _imported(book: str, examples: list[Example]) -> Taught:
    async with open_store(book) as store:
        return await teach(store, examples)


async def show_examples(options: Namespace, store: Store) -> int:
    """List examples, or those that a recipe would find for a text; returns the exit status."""
    if options.text is None:
        found = [
            one
            for one in await store.examples()
            if bool(one.wrong) == options.mistakes
            and (not options.skill or not set(options.skill).isdisjoint(one.skills))
        ]
    else:
        query = ExampleQuery(
            most=options.most,
            by=options.by,
            mistakes=options.mistakes,
            skills=tuple(options.skill),
        )
        from redraft.cli.handbook_search import seen

        async with seen(options, store) as snapshot:
            found = await snapshot.examples(Problem(id="search", prompt=options.text), query)
    for one in found:
        print(_line(one))
    if options.text is None:
        what = "mistakes" if options.mistakes else "solved problems"
        print(f"{len(found):,} {what} at version {await store.version():,}")
    return 0


def _line(one: Example) -> str:
    """What an example is about, on one line; `redraft handbook export` shows it whole."""
    error = f"{one.error}: " if one.error else ""
    skills = f"[{', '.join(one.skills)}] " if one.skills else ""
    about = one_line(f"{skills}{error}{one.problem}", 160)
    return f"{about} {one_line(f'({one.explanation})', 160)}" if one.explanation else about
