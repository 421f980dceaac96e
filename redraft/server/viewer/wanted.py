"""Which problems of a run a page is to show, as its address says it."""

from typing import Literal
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from redraft.server.viewer.index import Columns, Mark

PAGE = 50
Show = Literal["right", "wrong", "undecided", "disagreeing", "expensive", "harmed", "failed", "cut"]
Sort = Literal["file", "tokens", "cheap", "seconds", "id"]
SHOWS: dict[Show, str] = {
    "right": "right",
    "wrong": "wrong",
    "undecided": "checker undecided",
    "disagreeing": "answers disagree",
    "expensive": "dearest tenth",
    "harmed": "critic harmed",
    "failed": "failed",
    "cut": "cut by a budget",
}
SORTS: dict[Sort, str] = {
    "file": "as they finished",
    "tokens": "most tokens first",
    "cheap": "fewest tokens first",
    "seconds": "slowest first",
    "id": "by id",
}


class Wanted(BaseModel):
    """The query of a list: problems of which all in `show` holds and whose id contains `id`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    show: list[Show] = Field(default=[], max_length=len(SHOWS))
    sort: Sort = "file"
    id: str = Field(default="", max_length=200)
    page: int = Field(default=1, ge=1, le=10**9)
    live: bool = True

    @property
    def query(self) -> str:
        """The query string that says this; what is as usual is left out."""
        return urlencode(self.model_dump(exclude_defaults=True), doseq=True)

    def at(self, page: int) -> str:
        """The query string of another page."""
        return self.model_copy(update={"page": page}).query

    def still(self) -> str:
        """The query string of this page, not refreshed."""
        return f"{self.query}&live=0".lstrip("&")

    def rows(self, columns: Columns) -> NDArray[np.int64]:
        """The places of the wanted problems, in order."""
        held = np.ones(len(columns.marks), bool)
        for show in self.show:
            held &= _holds(show, columns)
        rows = np.flatnonzero(held)
        if self.id:
            part = self.id.casefold()
            rows = np.array([r for r in rows if part in columns.ids[r].casefold()], np.int64)
        match self.sort:
            case "tokens":
                return rows[np.argsort(-columns.tokens[rows], kind="stable")]
            case "cheap":
                return rows[np.argsort(columns.tokens[rows], kind="stable")]
            case "seconds":
                return rows[np.argsort(-columns.seconds[rows], kind="stable")]
            case "id":
                return np.array(sorted(rows.tolist(), key=columns.ids.__getitem__), np.int64)
            case "file":
                return rows


def _holds(show: Show, columns: Columns) -> NDArray[np.bool_]:
    if show != "expensive":
        return (columns.marks & Mark[show.upper()]) > 0
    if not len(columns.tokens):
        return np.zeros(0, bool)
    most = np.quantile(columns.tokens, 0.9, method="higher")
    return (columns.tokens >= most) & (columns.tokens > columns.tokens.min())
