"""`redraft handbook`: what is in a handbook, what it was worth, and changes by hand."""

import asyncio
import re
from argparse import Namespace
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from redraft.cli.handbook_examples import import_examples, list_examples, show_example
from redraft.cli.handbook_prune import prune_handbook
from redraft.cli.terminal import one_line
from redraft.core import InputError
from redraft.memory import (
    Store,
    accuracy_in_words,
    audit,
    current,
    holds_examples,
    import_entries,
    lift_of,
    lines,
    missing_skills,
    open_store,
    read_file,
    report,
    set_example_status,
    set_status,
    tokens_in_words,
    uses_before,
    write_examples,
    write_file,
)

_MOST_SKILLS = 10
# Names of behaviors begin otherwise.
_EXAMPLE = re.compile("[0-9a-f]{12}")

Action = Callable[[Namespace, Store], Awaitable[int]]


def handbook(options: Namespace) -> int:
    """Do one action on a handbook; returns the exit status."""
    name = options.command.partition(" ")[2]
    if name == "build":
        from redraft.cli.handbook_build import build_handbook

        return build_handbook(options)
    if name == "import" and holds_examples(Path(options.file)):
        return import_examples(options)
    if name == "import":
        return asyncio.run(_import(options))
    if name == "merge":
        from redraft.cli.handbook_merge import merge_handbook

        return merge_handbook(options)
    return asyncio.run(_opened(options, _ACTIONS[name]))


async def _opened(options: Namespace, action: Action) -> int:
    async with open_store(options.book, create=False) as store:
        return await action(options, store)


async def _list(options: Namespace, store: Store) -> int:
    entries = await store.entries()
    chosen = [e for e in entries if options.status in (None, e.status)]
    for entry in chosen:
        topic = f" [{entry.topic}]" if entry.topic else ""
        print(f"{entry.status:<11} " + one_line(f"{entry.name}{topic}: {entry.instruction}"))
    print(f"{len(chosen):,} behaviors at version {await store.version():,}")
    return 0


async def _show(options: Namespace, store: Store) -> int:
    if _EXAMPLE.fullmatch(options.name):
        return await show_example(options.name, store)
    history = await store.history(options.name)
    if not history:
        raise InputError(f"no behavior {options.name!r}; 'redraft handbook list' shows them all")
    print(one_line(f"{history[-1].name}: {history[-1].instruction}"))
    for entry in history:
        print("  " + one_line(f"version {entry.version:,}: {entry.status}; {entry.reason}"))
    for source in history[-1].provenance:
        where = f"problem {source.problem} of run {source.run}"
        by = f"{source.model} with prompt {source.prompt}, artifact {source.artifact}"
        print("  " + one_line(f"learnt from {where} by {by}"))
    uses = current(history[-1:], await store.uses())
    accuracy, tokens = lift_of(uses)
    print(f"  accuracy: {accuracy_in_words(accuracy)}")
    print(f"  output tokens: {tokens_in_words(tokens)}")
    return 0


async def _search(options: Namespace, store: Store) -> int:
    from redraft.cli.handbook_search import search_handbook

    return await search_handbook(options, store)


async def _diff(options: Namespace, store: Store) -> int:
    since, until = options.since, options.until
    if until is None:
        until = await store.version()
    if until < since:
        raise InputError(f"version {until} is older than version {since}: name the older one first")
    before = {entry.name: entry for entry in await store.entries(since)}
    now = await store.entries(until)
    changed = [entry for entry in now if before.get(entry.name) != entry]
    for entry in changed:
        sign = "~" if entry.name in before else "+"
        what = f"{entry.name} ({entry.status}; {entry.reason})"
        print(one_line(f"{sign} {what}: {entry.instruction}"))
    versions = f"from version {since:,} to {until:,}"
    print(f"{len(changed):,} of {len(now):,} behaviors changed {versions}")
    history = await store.example_history()
    last = {one.id: one for one in history if one.version <= until}
    if newer := [one for one in last.values() if one.version > since]:
        print(f"{len(newer):,} of {len(last):,} examples changed")
    return 0


async def _audit(options: Namespace, store: Store) -> int:
    entries, uses = await store.entries(), await store.uses()
    before = await uses_before(store, entries, uses)
    findings = audit(entries, uses, before=before)
    for finding in findings:
        print(one_line(f"{finding.kind}: {finding.name}: {finding.detail}"))
    print(f"{len(findings):,} findings")
    return 1 if findings else 0


async def _status(options: Namespace, store: Store) -> int:
    name, status = options.name, options.status
    if not _EXAMPLE.fullmatch(name):
        outcome = await set_status(store, name, status, options.reason)
    elif status in ("active", "retired"):
        outcome = await set_example_status(store, name, status, options.reason)
    else:
        raise InputError(f"an example is active or retired, not {status}")
    print(one_line(f"{outcome.name}: {outcome.did}; {outcome.reason}"))
    return 0


async def _export(options: Namespace, store: Store) -> int:
    if options.what == "examples":
        examples = await store.examples()
        write_examples(examples, Path(options.file))
        print(f"{len(examples):,} examples written to {options.file}")
        return 0
    entries = await store.entries()
    write_file(entries, Path(options.file))
    print(f"{len(entries):,} behaviors written to {options.file}")
    return 0


async def _import(options: Namespace) -> int:
    # A file that cannot be read must leave no new handbook behind.
    read, reason = read_file(Path(options.file)), f"imported from {Path(options.file).name}"
    async with open_store(options.book) as store:
        outcomes = await import_entries(store, read, reason=reason)
        version = await store.version()
    for one in outcomes:
        if one.did in ("refused", "dropped"):
            did = "refused" if one.did == "refused" else "left out"
            print(one_line(f"{did} {one.name}: {one.reason}"))
        elif one.reason:
            print(one_line(f"{one.did} {one.name}, though an audit finds in it: {one.reason}"))
    counts = Counter(one.did for one in outcomes)
    changed = counts["added"] + counts["revised"]
    print(
        f"{changed:,} of {len(outcomes):,} behaviors changed: {counts['added']:,} added, "
        f"{counts['revised']:,} revised, {counts['dropped']:,} left out as the same, "
        f"{counts['refused']:,} refused; now at version {version:,}"
    )
    return 1 if counts["refused"] else 0


async def _report(options: Namespace, store: Store) -> int:
    made = report(await store.entries(), await store.uses())
    print("\n".join(lines(made)))
    for skill, share in missing_skills(await store.examples())[:_MOST_SKILLS]:
        print(one_line(f"Lacked in {100 * share:.0f} % of the labelled mistakes: {skill}"))
    return 0


_ACTIONS: dict[str, Action] = {
    "list": _list,
    "show": _show,
    "search": _search,
    "diff": _diff,
    "audit": _audit,
    "prune": prune_handbook,
    "status": _status,
    "examples": list_examples,
    "export": _export,
    "report": _report,
}
