"""`redraft handbook prune`: what was put away and why, and what is left for a person."""

from argparse import Namespace
from collections import Counter

from redraft.cli.terminal import one_line
from redraft.memory import Store, prune


async def prune_handbook(options: Namespace, store: Store) -> int:
    """Put away what harms or is of no use; returns the exit status."""
    outcomes, left = await prune(store, dry=options.dry_run)
    for one in outcomes:
        print(one_line(f"{one.did}: {one.name}: {one.reason}"))
    for finding in left:
        print(one_line(f"left to you: {finding.kind}: {finding.name}: {finding.detail}"))
    counts = Counter(one.did for one in outcomes)
    did = " and ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))
    if options.dry_run:
        print(f"{did or '0'} in a dry run; the handbook is at version {await store.version():,}")
    else:
        print(f"{did or '0 put away'}; the handbook is at version {await store.version():,}")
    return 0
