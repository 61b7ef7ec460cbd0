"""Addresses that lead nowhere, and pages that HQ failed on: said in the reader's language, in the console's own looks.

Only `pages` calls this, after every other address of the console has been tried.
"""

import re

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from hq_sync_server.console.entering import session_of
from hq_sync_server.console.routes import ROUTES
from hq_sync_server.console.visits import HEADERS, PREFIX, Sent, Visit, texts_for
from hq_sync_server.office.desk import Desk
from shared_models.refusals import Refusal


def _patterns(method: str) -> dict[str, re.Pattern[str]]:
    paths = (route.path for route in ROUTES if route.method == method)
    return {path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in paths}


_PAGES = _patterns("GET")
_FORMS_ALONE = {path: pattern for path, pattern in _patterns("POST").items() if path not in _PAGES}


def lead_back(app: FastAPI, desk: Desk, time_zone: str) -> None:
    """Answer for everything under the console's address that is no page."""
    router = APIRouter(include_in_schema=False)

    @router.get(PREFIX)
    def home() -> Response:
        return RedirectResponse(f"{PREFIX}/", status_code=303, headers=HEADERS)

    @router.api_route(PREFIX + "/{rest:path}", methods=["GET", "POST"])
    def nowhere(request: Request) -> Response:
        return to_page_above(request) or _visit(desk, request, time_zone).refused(Refusal("page_unknown"))

    app.include_router(router)

    async def failed(request: Request, _error: Exception) -> Response:
        if not request.url.path.startswith(f"{PREFIX}/"):
            return PlainTextResponse("Internal Server Error", status_code=500)
        visit = Visit(desk, request, Sent(), texts_for(request, time_zone))
        return visit.page("refused.html", status_code=500, refusal=visit.texts.refusal(Refusal("hq_failed")))

    app.add_exception_handler(Exception, failed)


def _visit(desk: Desk, request: Request, time_zone: str) -> Visit:
    visit = Visit(desk, request, Sent(), texts_for(request, time_zone))
    visit.session = session_of(desk, request)
    return visit


def to_page_above(request: Request) -> Response | None:
    """Whoever comes to the address of a form, by reloading or by a link of the page that answered it, is led to the
    nearest page above. None: it is no form's."""
    path = request.url.path.removeprefix(PREFIX)
    if request.method != "GET" or not any(one.fullmatch(path) for one in _FORMS_ALONE.values()):
        return None
    while path := path.rpartition("/")[0]:
        if any(one.fullmatch(path) for one in _PAGES.values()):
            break
    return RedirectResponse(PREFIX + (path or "/"), status_code=303, headers=HEADERS)
