"""Coming in and leaving: the login, one's own password, and what was being typed when a session ended."""

import base64
import binascii
import hmac
import re
import secrets
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from hq_sync_server.console import rule_words, words
from hq_sync_server.console.form_words import DIRECTIONS, FORM_FIELDS
from hq_sync_server.console.member_words import PURSES
from hq_sync_server.console.visits import HEADERS, PREFIX, Visit, go_to, set_cookie
from hq_sync_server.office.access import accounts, audit
from hq_sync_server.office.access.accounts import Session
from hq_sync_server.office.access.roles import viewer_of
from hq_sync_server.office.desk import Desk, Work
from shared_models.refusals import Refusal

SESSION_COOKIE = "tillbook_session"
FORM_COOKIE = "tillbook_form"
_NOT_KEPT = frozenset({"csrf_token", "form_token", "password", "password_again", "login", "unsent"})
_UNSENT_LETTERS_MAX = 200_000
_BESIDE_TYPED = re.compile(r"revision|field|own|read|item|item_kind|other|alias|key|(was|c|min|max):.*")


def session_of(desk: Desk, request: Request) -> Session | None:
    """Whose browser this is."""
    token = request.cookies.get(SESSION_COOKIE, "")
    if not token:
        return None
    with desk.read() as connection:
        return accounts.session_of(connection, token, desk.clock.now_ms())


def token_is_right(session: Session, given: str) -> bool:
    """Whether a form is one of this session's."""
    return _same(given, session.csrf_token)


def login_page(visit: Visit, refusal: Refusal | None = None, unsent: str = "", where: str = "") -> HTMLResponse:
    """The form, with a token that must come back with it: nobody is logged in from a foreign page. `unsent` is a form
    that came after its session had ended: it is kept and shown again."""
    form_token = secrets.token_urlsafe(32)
    status_code = {None: 200, "login_locked": 429}.get(refusal.code if refusal else None, 403)
    said = visit.texts.refusal(refusal) if refusal else ""
    page = visit.page(
        "login.html",
        status_code=status_code,
        form_token=form_token,
        refusal=said,
        unsent=unsent,
        where=where,
        session=None,
    )
    set_cookie(visit.request, page, FORM_COOKIE, form_token, 3600)
    return page


def session_ended(visit: Visit) -> Response:
    """Nobody is in. A page is asked for again after the login; a form comes back filled in."""
    request = visit.request
    if request.method == "GET":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.headers.get("hx-request"):  # a list that refreshes itself: the whole page goes to the login
            return Response(status_code=204, headers={**HEADERS, "HX-Redirect": f"{PREFIX}/login"})
        return go_to("login", **({"next": asked} if asked != f"{PREFIX}/" else {}))
    kept = [(name, value) for name, value in visit.sent.fields if name not in _NOT_KEPT]
    unsent = base64.urlsafe_b64encode(urlencode([("", request.url.path), *kept]).encode()).decode()
    return login_page(visit, Refusal("session_ended"), unsent if len(unsent) <= _UNSENT_LETTERS_MAX else "")


def show_login(visit: Visit) -> Response:
    """The form, or home for who is in already."""
    if session_of(visit.desk, visit.request) is not None:
        return go_to("")
    return login_page(visit, where=visit.query("next"))


def log_in(visit: Visit) -> Response:
    """Somebody says who they are."""
    unsent, where = visit.sent.get("unsent"), visit.sent.get("next")
    expected = visit.request.cookies.get(FORM_COOKIE, "")
    if not expected or not _same(visit.sent.get("form_token"), expected):
        return login_page(visit, Refusal("form_stale"), unsent, where)
    password = next((value for name, value in visit.sent.fields if name == "password"), "")
    outcome = _try(visit.desk, visit.sent.get("login"), password)
    if isinstance(outcome, Refusal):
        return login_page(visit, outcome, unsent, where)
    visit.session = outcome
    response = _unsent_page(visit, unsent) or RedirectResponse(_own(where), status_code=303, headers=HEADERS)
    set_cookie(visit.request, response, SESSION_COOKIE, outcome.token, accounts.SESSION_MS // 1000)
    response.delete_cookie(FORM_COOKIE, path=PREFIX)
    return response


def log_out(visit: Visit) -> Response:
    """Leave. Another site's page cannot make somebody leave."""
    session = session_of(visit.desk, visit.request)
    if session is not None and not token_is_right(session, visit.sent.get("csrf_token")):
        return go_to("")
    if session is not None:
        token = session.token
        visit.desk.run(lambda work: accounts.close_session(work.connection, token))
    response = go_to("login")
    response.delete_cookie(SESSION_COOKIE, path=PREFIX)
    return response


def show_password(visit: Visit) -> Response:
    """Where somebody chooses their own password."""
    return visit.page("password.html")


def choose_password(visit: Visit) -> Response:
    """One's own password in place of the one that was told."""
    session = visit.session
    assert session is not None
    given = dict(visit.sent.fields)
    errors = {}
    if given.get("password", "") != given.get("password_again", ""):
        errors["password_again"] = visit.texts.refusal(Refusal("passwords_differ"))

    def choose(work: Work) -> None:
        accounts.choose_password(work.connection, session.account_id, given.get("password", ""))
        audit.note(work, viewer_of(session), "password_chosen", f"account:{session.login}")

    if not errors:
        try:
            visit.desk.run(choose)
        except Refusal as refusal:
            errors["password"] = visit.texts.refusal(refusal)
    if errors:
        return visit.page("password.html", status_code=422, errors=errors)
    return go_to("", done="password_chosen")


def _unsent_page(visit: Visit, unsent: str) -> HTMLResponse | None:
    """What was being sent when the session ended, to be looked at and sent again by hand."""
    try:
        fields = parse_qsl(base64.urlsafe_b64decode(unsent).decode(), keep_blank_values=True)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    path = dict(fields).get("", "")
    if not path.startswith(f"{PREFIX}/"):
        return None
    kept = [field for field in fields if field[0]]
    return visit.page("unsent.html", action=path, fields=kept, typed=_typed(visit, kept))


def _typed(visit: Visit, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What somebody typed or chose, under the names of the form; not what the page itself put beside it."""
    untouched = {(name.removeprefix("was:"), value) for name, value in fields if name.startswith("was:")}
    names = {**rule_words.FIELDS, **words.COLUMNS, **FORM_FIELDS}
    chosen = {**PURSES, **rule_words.OPTIONS, **DIRECTIONS}
    found = []
    for name, value in fields:
        path = name.removeprefix("v:")
        is_own_work = not _BESIDE_TYPED.fullmatch(name) and (path, value) not in untouched
        if value and is_own_work:
            found.append((visit.texts.word(names, path), visit.texts.word(chosen, value)))
    return found


def _own(where: str) -> str:
    """A page of ours, whatever the address said."""
    inside = where.startswith(f"{PREFIX}/") and not where.startswith(f"{PREFIX}/log") and "\\" not in where
    return where if inside else f"{PREFIX}/"


def _try(desk: Desk, login: str, password: str) -> Session | Refusal:
    """Two short transactions around the slow look at the password, so that nobody waits for it."""
    now_ms = desk.clock.now_ms()
    account = desk.run(lambda work: accounts.begin_login(work.connection, login, now_ms))
    if isinstance(account, Refusal):
        return account
    if not accounts.password_is_right(account, password) or account is None:
        return Refusal("login_failed")
    return desk.run(lambda work: accounts.finish_login(work.connection, account, now_ms))


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
