"""The uses of behaviors: read off records, and told from those of other words."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from redraft.core import Recalled, Record, Solution
from redraft.memory.entry import LIVE, Entry, Use, wording_of
from redraft.memory.store import Store


def uses_of(record: Record, run: str) -> list[Use]:
    """One use for each behavior that was recalled for the problem of `record`, shown or held.

    The outcome is that of the first solution written after the recall. No uses where nothing was
    recalled, or where nothing grades that solution: an unknown outcome is no evidence.
    """
    recalled = next((one for one in record.artifacts if isinstance(one, Recalled)), None)
    if recalled is None:
        return []
    solution = next(
        (a for a in record.artifacts if isinstance(a, Solution) and recalled.id in a.parents), None
    )
    correct = None if solution is None else _grade(record, solution.answer)
    if solution is None or correct is None:
        return []
    return [
        Use(
            run=run,
            problem=record.key,
            name=behavior.name,
            shown=shown,
            all_held=recalled.all_held,
            cited=cites(solution.text, behavior.name),
            correct=correct,
            input_tokens=solution.usage.input,
            output_tokens=solution.usage.output,
            wording=wording_of(behavior.instruction),
        )
        for shown, behaviors in ((True, recalled.shown), (False, recalled.held))
        for behavior in behaviors
    ]


def _grade(record: Record, answer: str | None) -> bool | None:
    if answer is None:
        # As a run grades it: no answer is a wrong answer, if there is a right one.
        return None if record.gold is None else False
    grades = dict(zip(record.candidates, record.candidates_correct, strict=False))
    return grades.get(answer, record.correct if answer == record.answer else None)


def cites(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as a whole word, also with the underscores of LaTeX."""
    plain = text.replace("\\_", "_")
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain) is not None


def by_name(uses: Sequence[Use]) -> dict[str, list[Use]]:
    """`uses` behavior by behavior, in their order."""
    named: defaultdict[str, list[Use]] = defaultdict(list)
    for use in uses:
        named[use.name].append(use)
    return dict(named)


def current(entries: Iterable[Entry], uses: Sequence[Use]) -> list[Use]:
    """Those of `uses` that tell about what `entries` say, in their order.

    What a behavior was worth in other words is no evidence of it: neither to rank by, nor to move
    it between statuses. A use without a wording counts; one of no entry does not.
    """
    used = {use.name for use in uses}
    said = {entry.name: entry.wording for entry in entries if entry.name in used}
    return [use for use in uses if use.name in said and use.wording in ("", said[use.name])]


async def uses_before(
    store: Store, entries: Iterable[Entry], uses: Sequence[Use]
) -> dict[str, int]:
    """How many uses there were when each of `entries` in use entered that is in none of `uses`."""
    used = {use.name for use in uses}
    before: dict[str, int] = {}
    for entry in entries:
        if entry.status in LIVE and entry.name not in used:
            first, *_ = await store.history(entry.name)
            before[entry.name] = await store.use_count(first.version)
    return before
