"""The console's pages: a login, and one page that shows how the chain stands. It changes nothing.

Pages are plain HTML with one style sheet from this server; nothing is loaded from elsewhere. A session is a cookie that
scripts cannot read and a row in the records; whatever is posted carries the session's CSRF token.
"""

import hmac
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from hq_sync_server.console import texts as words
from hq_sync_server.console.texts import DEFAULT_LANGUAGE, Texts, language_of
from hq_sync_server.office import accounts, status
from hq_sync_server.office.accounts import Session
from hq_sync_server.office.desk import Desk, RecordsAwayError
from shared_models.refusals import Refusal

PREFIX = "/console"
SESSION_COOKIE = "tillbook_session"
FORM_COOKIE = "tillbook_form"
LANGUAGE_COOKIE = "tillbook_language"
FORM_BYTES_MAX = 8192
REFRESH_SECONDS = 20
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def mount(app: FastAPI, desk: Desk, time_zone: str) -> None:
    """Put the console under `/console` of HQ's web application, and send `/` there."""
    app.include_router(_router(desk, time_zone))
    app.add_exception_handler(RecordsAwayError, lambda request, _error: _away_page(request, time_zone))
    folder = Path(__file__).parent / "static"
    app.mount(f"{PREFIX}/static", StaticFiles(directory=folder), name="console-static")


async def _small_form(request: Request) -> dict[str, str]:
    """The fields of a posted form; one larger than a login could be is cut off and then fits nothing."""
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > FORM_BYTES_MAX:
            return {}
    return dict(parse_qsl(content.decode("utf-8", "replace"), max_num_fields=20))


Form = Annotated[dict[str, str], Depends(_small_form)]


def _router(desk: Desk, time_zone: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def root() -> Response:
        return RedirectResponse(f"{PREFIX}/", status_code=303)

    @router.get(f"{PREFIX}/")
    def overview(request: Request) -> Response:
        session = _session(desk, request)
        if session is None:
            return _redirect("login")
        now_ms = desk.clock.now_ms()
        with desk.read() as connection:
            shown = status.overview(connection, now_ms)
        texts = _texts(request, time_zone)
        return _page(request, texts, "overview.html", shown=shown, session=session, refresh_seconds=REFRESH_SECONDS)

    @router.get(f"{PREFIX}/login")
    def login_form(request: Request) -> Response:
        if _session(desk, request) is not None:
            return _redirect("")
        return _login_page(request, _texts(request, time_zone), None)

    @router.post(f"{PREFIX}/login")
    def login(request: Request, form: Form) -> Response:
        texts = _texts(request, time_zone)
        expected = request.cookies.get(FORM_COOKIE, "")
        if not expected or not _same(form.get("form_token", ""), expected):
            return _login_page(request, texts, Refusal("form_stale"))
        outcome = _log_in(desk, form.get("login", ""), form.get("password", ""))
        if isinstance(outcome, Refusal):
            return _login_page(request, texts, outcome)
        response = _redirect("")
        _set_cookie(request, response, SESSION_COOKIE, outcome.token, accounts.SESSION_MS // 1000)
        response.delete_cookie(FORM_COOKIE, path=PREFIX)
        return response

    @router.post(f"{PREFIX}/logout")
    def logout(request: Request, form: Form) -> Response:
        session = _session(desk, request)
        if session is not None and not _same(form.get("csrf_token", ""), session.csrf_token):
            return _redirect("")  # another page sent this: nobody asked to leave
        if session is not None:
            token = session.token
            desk.run(lambda work: accounts.close_session(work.connection, token))
        response = _redirect("login")
        response.delete_cookie(SESSION_COOKIE, path=PREFIX)
        return response

    return router


def _log_in(desk: Desk, login: str, password: str) -> Session | Refusal:
    """Two short transactions around the slow look at the password, so that nobody waits for it."""
    now_ms = desk.clock.now_ms()
    account = desk.run(lambda work: accounts.begin_login(work.connection, login, now_ms))
    if isinstance(account, Refusal):
        return account
    if not accounts.password_is_right(account, password) or account is None:
        return Refusal("login_failed")
    return desk.run(lambda work: accounts.finish_login(work.connection, account, now_ms))


def _session(desk: Desk, request: Request) -> Session | None:
    token = request.cookies.get(SESSION_COOKIE, "")
    if not token:
        return None
    with desk.read() as connection:
        return accounts.session_of(connection, token, desk.clock.now_ms())


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _redirect(page: str) -> RedirectResponse:
    return RedirectResponse(f"{PREFIX}/{page}", status_code=303, headers=HEADERS)


def _login_page(request: Request, texts: Texts, refusal: Refusal | None) -> HTMLResponse:
    """The form, with a token that must come back with it: nobody is logged in from a foreign page."""
    form_token = secrets.token_urlsafe(32)
    status_code = {None: 200, "login_locked": 429}.get(refusal.code if refusal else None, 403)
    said = texts.refusal(refusal) if refusal else ""
    response = _page(request, texts, "login.html", status_code=status_code, form_token=form_token, refusal=said)
    _set_cookie(request, response, FORM_COOKIE, form_token, 3600)
    return response


def _away_page(request: Request, time_zone: str) -> Response:
    """The records cannot be read now: said as such, and asked for again by itself."""
    texts = _texts(request, time_zone)
    response = _page(request, texts, "away.html", status_code=503, refresh_seconds=REFRESH_SECONDS)
    response.headers["Retry-After"] = str(REFRESH_SECONDS)
    return response


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, seconds, path=PREFIX, secure=secure, httponly=True, samesite="strict")


# --- what a page is made of -------------------------------------------------------------------------------------------


def _texts(request: Request, time_zone: str) -> Texts:
    """The reader's language: asked for in the address, remembered in a cookie, or what the browser prefers."""
    wishes = [request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")]
    wishes += _preferred(request.headers.get("accept-language", ""))
    spoken = (language_of(wish) for wish in wishes)
    return Texts(next((language for language in spoken if language), DEFAULT_LANGUAGE), time_zone)


def _preferred(header: str) -> list[str]:
    """Languages of an Accept-Language header, most wanted first (RFC 9110 section 12.5.4)."""
    weighed = []
    for place, part in enumerate(header.split(",")):
        tag, _, parameters = part.partition(";")
        _, _, weight = parameters.partition("q=")
        try:
            weighed.append((-float(weight or 1), place, tag))
        except ValueError:
            continue
    return [tag for weight, _, tag in sorted(weighed) if weight < 0]


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("hq_sync_server.console"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]  # the i18n extension adds it
    install(Texts(language, "UTC").catalogue, newstyle=True)
    environment.filters["money"] = words.money
    return environment


def _page(request: Request, texts: Texts, template: str, *, status_code: int = 200, **shown: object) -> HTMLResponse:
    html = (
        _environment(texts.language)
        .get_template(template)
        .render(texts=texts, words=words, prefix=PREFIX, **({"session": None, "refresh_seconds": 0} | shown))
    )
    response = HTMLResponse(html, status_code=status_code, headers=HEADERS)
    if language_of(request.query_params.get("lang", "")):
        _set_cookie(request, response, LANGUAGE_COOKIE, texts.language, 365 * 86_400)
    return response
