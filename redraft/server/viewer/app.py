"""The routes of the viewer, and what holds for all its pages: no script, no other host, no cache.

What an address names is looked up among known runs and counted rows; none of it becomes a path.
"""

from pathlib import Path as FilePath
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware

from redraft.core import RedraftError
from redraft.server.viewer.artifacts import texts_of
from redraft.server.viewer.pages import (
    Place,
    call_page,
    error_page,
    list_page,
    problem_page,
    runs_page,
)
from redraft.server.viewer.run import Shelf
from redraft.server.viewer.shelf import Indexed, Indexes
from redraft.server.viewer.texts import visible
from redraft.server.viewer.wanted import Wanted

PLACE = "/view"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE = (FilePath(__file__).parent / "style.css").read_text(encoding="utf-8")

Number = Annotated[int, Path(ge=0, le=2**40)]
Asked = Annotated[Wanted, Query()]


def add_viewer(app: FastAPI, shelf: Shelf) -> None:
    """Have `app` show the runs of `shelf` under `/view/`."""
    app.mount(PLACE, _pages(shelf))


def make_viewer(shelf: Shelf) -> FastAPI:
    """An application that shows runs and does nothing else, on this machine alone.

    It answers to the names of this machine only: a web page elsewhere can give its own name the
    same address.
    """
    app = FastAPI(openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    add_viewer(app, shelf)

    @app.get("/")
    def front() -> Response:
        names = list(shelf())
        only = f"{quote(names[0])}/" if len(names) == 1 else ""
        return RedirectResponse(f"{PLACE}/{only}")

    return app


def _pages(shelf: Shelf) -> FastAPI:
    app = FastAPI(openapi_url=None)
    indexes = Indexes(shelf)
    _add_headers_and_errors(app)

    @app.get("/")
    def runs(request: Request) -> Response:
        return runs_page(_base(request), shelf())

    @app.get("/style.css")
    def style() -> Response:
        return Response(_STYLE, media_type="text/css")

    _add_problem(app, indexes)

    @app.get("/{run:path}/")
    def problems(request: Request, run: str, wanted: Asked) -> Response:
        return list_page(_base(request), indexes.at(run), wanted)

    return app


def _add_problem(app: FastAPI, indexes: Indexes) -> None:
    """The pages of one problem. They are plain functions, so that none holds up a chat."""

    @app.get("/{run:path}/problem/{row}")
    def problem(request: Request, run: str, row: Number, wanted: Asked) -> Response:
        return problem_page(_at(request, indexes.at(run), row), wanted)

    @app.get("/{run:path}/problem/{row}/artifact/{number}")
    def artifact(run: str, row: Number, number: Number) -> Response:
        artifacts = indexes.at(run).record(row).artifacts
        if number >= len(artifacts):
            raise HTTPException(404, "this problem has no such artifact")
        texts = (f"{label}\n\n{text}".lstrip() for label, text in texts_of(artifacts[number]))
        return PlainTextResponse(visible("\n\n".join(texts)))

    @app.get("/{run:path}/problem/{row}/call/{number}")
    def call(request: Request, run: str, row: Number, number: Number) -> Response:
        return call_page(_at(request, indexes.at(run), row), number)


def _base(request: Request) -> str:
    """What the addresses of all pages begin with."""
    return str(request.scope.get("root_path", ""))


def _at(request: Request, indexed: Indexed, row: int) -> Place:
    return Place(_base(request), indexed, row, indexed.record(row))


def _add_headers_and_errors(app: FastAPI) -> None:
    @app.middleware("http")
    async def headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return error_page(_base(request), error.status_code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = first["loc"][-1]
        return error_page(_base(request), 400, f"{where}: {first['msg']}")

    @app.exception_handler(RedraftError)
    async def ours(request: Request, error: RedraftError) -> Response:
        return error_page(_base(request), 500, str(error))
