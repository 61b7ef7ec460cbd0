"""The console on HQ's web application: every page of `routes.ROUTES` behind the one door where roles are checked.

Pages are plain HTML with one style sheet and scripts from this server; nothing is loaded from elsewhere. A session is a
cookie that scripts cannot read and a row in the records; whatever is posted carries the session's CSRF token.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from hq_sync_server.console import astray, entering, waiting
from hq_sync_server.console.data_routes import DATA_ROUTES, DataRoute, answered, refused
from hq_sync_server.console.routes import ENTRANCE, ROUTES, Route
from hq_sync_server.console.visits import PREFIX, REFRESH_SECONDS, Sent, Visit, read_form, texts_for
from hq_sync_server.office.desk import Desk, RecordsAwayError
from shared_models.refusals import Refusal

Form = Annotated[Sent, Depends(read_form)]
PASSWORD_PAGE = f"{PREFIX}/password"


def mount(app: FastAPI, desk: Desk, time_zone: str) -> None:
    """Put the console under `/console` of HQ's web application, and send `/` there."""
    app.include_router(_router(desk, time_zone))
    app.add_exception_handler(RecordsAwayError, lambda request, _error: _away_page(desk, request, time_zone))
    folder = Path(__file__).parent / "static"
    app.mount(f"{PREFIX}/static", StaticFiles(directory=folder), name="console-static")
    astray.lead_back(app, desk, time_zone)


def _router(desk: Desk, time_zone: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def root() -> Response:
        return RedirectResponse(f"{PREFIX}/", status_code=303)

    for route in ENTRANCE:
        answer = _open(desk, time_zone, route)
        router.add_api_route(PREFIX + route.path, answer, methods=[route.method], response_model=None)
    for data_route in DATA_ROUTES:
        answer = _data(desk, time_zone, data_route)
        router.add_api_route(PREFIX + data_route.path, answer, methods=["GET"], response_model=None)
    for route in ROUTES:
        answer = _guarded(desk, time_zone, route)
        router.add_api_route(PREFIX + route.path, answer, methods=[route.method], response_model=None)
    return router


def _open(desk: Desk, time_zone: str, route: Route) -> Callable[..., Response]:
    """A page for everybody."""

    def answer(request: Request, sent: Form) -> Response:
        return route.answer(Visit(desk, request, sent, texts_for(request, time_zone)))

    return answer


def _data(desk: Desk, time_zone: str, route: DataRoute) -> Callable[..., Response]:
    """Figures for those who are in and may see them."""

    def answer(request: Request) -> Response:
        visit = Visit(desk, request, Sent(), texts_for(request, time_zone))
        session = entering.session_of(desk, request)
        if session is None or session.password_is_told:
            return refused(visit, Refusal("session_ended"))
        visit.session = session
        if not visit.viewer.may(route.permission):
            return refused(visit, Refusal("not_allowed"))
        return answered(visit, route.answer)

    return answer


def _guarded(desk: Desk, time_zone: str, route: Route) -> Callable[..., Response]:
    """A page for those who are in and may see it. The only place where the console asks for a role."""

    def answer(request: Request, sent: Form) -> Response:
        visit = Visit(desk, request, sent, texts_for(request, time_zone))
        session = entering.session_of(desk, request)
        if session is None:
            return entering.session_ended(visit)
        visit.session = session
        if session.password_is_told and request.url.path != PASSWORD_PAGE:
            return RedirectResponse(PASSWORD_PAGE, status_code=303)
        if route.permission is not None and not visit.viewer.may(route.permission):
            return visit.refused(Refusal("not_allowed"))
        if sent.too_large:
            return visit.refused(Refusal("form_too_large"))
        if request.method == "POST" and not entering.token_is_right(session, sent.get("csrf_token")):
            return visit.refused(Refusal("form_stale"))
        if request.method == "GET" and not request.headers.get("hx-request"):
            visit.counts = waiting.counts(visit)
        try:
            return route.answer(visit)
        except Refusal as refusal:
            above = astray.to_page_above(request) if refusal.code == "not_found" else None
            return above or visit.refused(refusal)

    return answer


def _away_page(desk: Desk, request: Request, time_zone: str) -> Response:
    """The records cannot be read now: said as such, and asked for again by itself."""
    visit = Visit(desk, request, Sent(), texts_for(request, time_zone))
    response = visit.page("away.html", status_code=503, refresh_seconds=REFRESH_SECONDS)
    response.headers["Retry-After"] = str(REFRESH_SECONDS)
    return response
