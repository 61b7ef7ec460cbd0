"""One visit of somebody's browser: who they are, what they sent, and how they are answered.

A page's function gets a `Visit` and returns a response; everything that all pages have in common (language, light or
dark, headers, the session's token in every form) is here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from hq_sync_server.console import words
from hq_sync_server.console.done_words import done_said
from hq_sync_server.console.texts import DEFAULT_LANGUAGE, Texts, language_of
from hq_sync_server.office.access.accounts import Session
from hq_sync_server.office.access.roles import Permission, Viewer, viewer_of
from hq_sync_server.office.desk import Desk
from shared_models.refusals import Refusal

PREFIX = "/console"
LANGUAGE_COOKIE = "tillbook_language"
THEME_COOKIE = "tillbook_theme"
THEMES = ("auto", "light", "dark")
FORM_BYTES_MAX = 1024 * 1024
UPLOAD_BYTES_MAX = 64 * 1024 * 1024
REFRESH_SECONDS = 20
YEAR_SECONDS = 365 * 86_400
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brought. A field may come several times."""

    fields: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, Upload] = field(default_factory=dict)
    too_large: bool = False

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field, without blanks around it."""
        return next((value.strip() for key, value in reversed(self.fields) if key == name), default)

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value.strip() for key, value in self.fields if key == name]


async def read_form(request: Request) -> Sent:
    """The fields of a posted form; one larger than any page's is cut off and fits nothing."""
    if request.method != "POST":
        return Sent()
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _read_multipart(request)
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > FORM_BYTES_MAX:
            return Sent(too_large=True)
    try:
        return Sent(tuple(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=5000)))
    except ValueError:
        return Sent(too_large=True)


async def _read_multipart(request: Request) -> Sent:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > UPLOAD_BYTES_MAX:
        return Sent(too_large=True)
    fields: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    async with request.form(max_files=2, max_fields=500, max_part_size=UPLOAD_BYTES_MAX) as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields.append((name, value))
            elif value.filename:
                files[name] = Upload(value.filename[:200], await value.read())
    return Sent(tuple(fields), files)


@dataclass(slots=True)
class Visit:
    """A request that may be answered. `session` is there on every page behind the login."""

    desk: Desk
    request: Request
    sent: Sent
    texts: Texts
    session: Session | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def viewer(self) -> Viewer:
        """Who is asking; only behind the login."""
        assert self.session is not None
        return viewer_of(self.session)

    @property
    def now_ms(self) -> int:
        """The moment."""
        return self.desk.clock.now_ms()

    def query(self, name: str, default: str = "") -> str:
        """A word of the address."""
        return self.request.query_params.get(name, default).strip()

    def path(self, name: str) -> str:
        """A part of the address's path."""
        return str(self.request.path_params.get(name, ""))

    def page(self, template: str, *, status_code: int = 200, **shown: Any) -> HTMLResponse:
        """A page in the reader's language."""
        session = self.session
        common = {
            "texts": self.texts,
            "words": words,
            "prefix": PREFIX,
            "session": session,
            "may": _may(session),
            "here": self.request.url.path,
            "address": _address(self.request),
            "counts": self.counts,
            "theme": theme_of(self.request),
            "refresh_seconds": 0,
            "now_ms": self.now_ms,
            "said": "",
            "said_done": done_said(self.texts, self.query("done")),
            "errors": {},
            "values": {},
        }
        html = environment(self.texts.language).get_template(template).render(**(common | shown))
        response = HTMLResponse(html, status_code=status_code, headers=HEADERS)
        if language_of(self.request.query_params.get("lang", "")):
            set_cookie(self.request, response, LANGUAGE_COOKIE, self.texts.language, YEAR_SECONDS)
        if self.request.query_params.get("theme", "") in THEMES:
            set_cookie(self.request, response, THEME_COOKIE, self.request.query_params["theme"], YEAR_SECONDS)
        return response

    def refused(self, refusal: Refusal) -> HTMLResponse:
        """A page that says no in words."""
        status_code = {"not_allowed": 403, "not_found": 404, "page_unknown": 404, "form_stale": 403}.get(
            refusal.code, 422
        )
        return self.page("refused.html", status_code=status_code, refusal=self.texts.refusal(refusal))


def go_to(page: str, **query: str) -> RedirectResponse:
    """On to another page, after something was done."""
    words_of_it = f"?{urlencode(query)}" if query else ""
    return RedirectResponse(f"{PREFIX}/{page}{words_of_it}", status_code=303, headers=HEADERS)


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie that scripts cannot read and other sites do not send."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, seconds, path=PREFIX, secure=secure, httponly=True, samesite="strict")


def _may(session: Session | None) -> Callable[[Permission], bool]:
    return viewer_of(session).may if session is not None else lambda _permission: False


def _address(request: Request) -> str:
    """Path and query without the words that only change how it looks, or say what was just done."""
    passing = ("lang", "theme", "done")
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in passing]
    return "?" + urlencode([*kept, ("", "")])[:-1] if kept else "?"


def theme_of(request: Request) -> str:
    """light, dark, or auto: as the browser wishes."""
    wishes = (request.query_params.get("theme", ""), request.cookies.get(THEME_COOKIE, ""))
    return next((wish for wish in wishes if wish in THEMES), "auto")


def texts_for(request: Request, time_zone: str) -> Texts:
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
def environment(language: str) -> Environment:
    """The templates, speaking a language."""
    made = Environment(
        loader=PackageLoader("hq_sync_server.console"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install: Callable[..., None] = made.install_gettext_translations  # type: ignore[attr-defined]  # the i18n extension adds it
    install(Texts(language, "UTC").catalogue, newstyle=True)
    made.filters["money"] = words.money
    made.filters["count"] = "{:,}".format
    made.filters["chart"] = lambda shown: json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return made
