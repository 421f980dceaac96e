"""Each page as HTML: what it says is gathered here, how it looks stands in the templates."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from redraft.core import Record, Reply, StoreError
from redraft.models import PastCalls
from redraft.server.viewer.artifacts import (
    behaviors_used,
    calls_made,
    calls_of,
    facts_of,
    texts_of,
)
from redraft.server.viewer.chart import FEWEST, chart_of_run, chart_of_runs
from redraft.server.viewer.index import Columns, Mark
from redraft.server.viewer.lineage import draw_lineage
from redraft.server.viewer.run import Run
from redraft.server.viewer.shelf import Indexed
from redraft.server.viewer.texts import Shown, Typesetter, visible
from redraft.server.viewer.wanted import PAGE, SHOWS, SORTS, Wanted

REFRESH = 10
"""Seconds after which a list looks again while its run is not complete."""


class Place(NamedTuple):
    """Where a page of one problem stands, and its record; `base` is what addresses begin with."""

    base: str
    indexed: Indexed
    row: int
    record: Record

    @property
    def run(self) -> str:
        """The address of the run's list."""
        return f"{self.base}/{quote(self.indexed.run.name)}/"


class Part(NamedTuple):
    """An artifact as a page shows it; `texts` have a label each."""

    artifact: Any
    facts: Sequence[tuple[str, str]]
    texts: Sequence[tuple[str, Shown]]


class Kept(NamedTuple):
    """What the journal has of a problem: replies by key, and the end of the first prompt.

    `trouble` says why there is nothing.
    """

    replies: dict[str, Reply]
    asked: str = ""
    trouble: str = ""


def _finished(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value


_TEMPLATES = Environment(
    loader=PackageLoader("redraft.server.viewer"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_finished,
    trim_blocks=True,
    lstrip_blocks=True,
)


def runs_page(base: str, runs: Mapping[str, Run]) -> Response:
    """All runs, with how they are doing."""
    states = [(name, run.state()) for name, run in sorted(runs.items())]
    values = {"states": states, "chart": chart_of_runs(states), "quote": quote}
    return _page("runs.html", base, "Runs", values)


def list_page(base: str, indexed: Indexed, wanted: Wanted) -> Response:
    """The problems of a run that are wanted, and how the run is doing."""
    index, state, columns = indexed.index, indexed.run.state(), indexed.index.columns()
    rows = wanted.rows(columns)
    pages = max(1, -(-len(rows) // PAGE))
    wanted = wanted.model_copy(update={"page": min(wanted.page, pages)})
    shown = [int(row) for row in rows[(wanted.page - 1) * PAGE : wanted.page * PAGE]]
    settled = state.complete and index.caught_up and len(index) == state.problems
    values = {
        "name": indexed.run.name,
        "state": state,
        "index": index,
        "sums": _sums(columns),
        "lines": list(zip(shown, index.lines(shown), strict=True)),
        "found": len(rows),
        "pages": pages,
        "wanted": wanted,
        "shows": SHOWS,
        "sorts": SORTS,
        "chart": chart_of_run(columns),
        "fewest": FEWEST,
        "settled": settled,
        "refresh": 0 if settled or not wanted.live else 1 if not index.caught_up else REFRESH,
    }
    return _page("list.html", base, indexed.run.name, values)


def problem_page(place: Place, wanted: Wanted) -> Response:
    """One problem: its graph, its calls and its artifacts."""
    record, typeset = place.record, Typesetter()
    kept = _kept(place)
    rows = wanted.rows(place.indexed.index.columns()).tolist()
    at = rows.index(place.row) if place.row in rows else -1
    values = {
        "place": place,
        "record": record,
        "wanted": wanted,
        "before": rows[at - 1] if at > 0 else None,
        "after": rows[at + 1] if 0 <= at < len(rows) - 1 else None,
        "drawing": draw_lineage(record),
        "asked": typeset(kept.asked) if kept.asked else None,
        "calls": calls_made(record, kept.replies),
        "trouble": kept.trouble,
        "behaviors": [(b.name, typeset(b.instruction)) for b in behaviors_used(record.artifacts)],
        "parts_of_problem": [
            Part(
                artifact,
                facts_of(artifact),
                [(label, typeset(text)) for label, text in texts_of(artifact)],
            )
            for artifact in record.artifacts
        ],
        "places": {artifact.id: i for i, artifact in enumerate(record.artifacts)},
    }
    return _page("problem.html", place.base, record.id, values)


def call_page(place: Place, number: int) -> Response:
    """One call: what was asked, and all that came back, with the thinking."""
    keys = list(calls_of(place.record))
    if number >= len(keys):
        raise HTTPException(404, "this problem has no such call")
    with PastCalls.open(place.indexed.run.journal) as calls:
        request = calls.request(keys[number])
        reply = calls.replies(keys[number : number + 1]).get(keys[number])
    if request is None or reply is None:
        raise HTTPException(404, "the journal of this run does not hold this call")
    typeset = Typesetter()
    values = {
        "place": place,
        "number": number,
        "reply": reply,
        "asked": [(message.role, typeset(message.content)) for message in request.messages],
        "said": [
            (choice, typeset(choice.reasoning), typeset(choice.content)) for choice in reply.choices
        ],
    }
    return _page("call.html", place.base, f"call {number + 1}", values)


def error_page(base: str, status: int, message: str) -> Response:
    """What is wrong, in a line."""
    return _page("error.html", base, "Not shown", {"message": message}, status)


def _page(
    template: str, base: str, title: str, values: Mapping[str, Any], status: int = 200
) -> Response:
    told = {"base": base, "title": title, "refresh": 0, **values}
    return HTMLResponse(_TEMPLATES.get_template(template).render(told), status)


def _kept(place: Place) -> Kept:
    """What the journal has of a problem."""
    keys = list(calls_of(place.record))
    try:
        with PastCalls.open(place.indexed.run.journal) as calls:
            request = calls.request(keys[0]) if keys else None
            asked = "" if request is None else request.messages[-1].content
            return Kept(calls.replies(keys), asked)
    except StoreError as error:
        return Kept({}, trouble=str(error))


def _sums(columns: Columns) -> dict[str, int]:
    """How many problems there are of each kind, and their tokens."""
    counts = {mark.name or "": int(((columns.marks & mark) > 0).sum()) for mark in Mark}
    graded = counts["RIGHT"] + counts["WRONG"] + counts["UNDECIDED"]
    return {**counts, "graded": graded, "tokens": int(columns.tokens.sum())}
