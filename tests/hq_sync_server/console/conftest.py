"""A browser without pictures: it keeps cookies, follows redirects and fills in forms."""

import asyncio
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office.access import accounts
from tests.hq_sync_server.people import found_chain


@dataclass
class Browser:
    """Talks to the web application in this process."""

    app: object
    language: str = "en"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form."""
        return self._ask("POST", path, form, headers)

    def log_in(self, login: str, password: str) -> httpx.Response:
        """Open the form and send it filled in."""
        token = hidden(self.get("/console/login").text, "form_token")
        return self.post("/console/login", {"form_token": token, "login": login, "password": password})

    def _ask(self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]  # any ASGI application
            async with httpx.AsyncClient(
                transport=transport, base_url="http://hq", cookies=self.cookies, follow_redirects=True
            ) as client:
                sent = {"accept-language": self.language} | {
                    name.replace("_", "-"): one for name, one in headers.items()
                }
                response = await client.request(method, path, data=form, headers=sent)
                self.cookies = client.cookies
                return response

        return finish(ask())


def finish(asked: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
    """Ask and wait, in a thread of its own: a browser driven in this process keeps a loop running in the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asked).result()


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, page
    return found[1]


@pytest.fixture
def browser(hq: Hq) -> Browser:
    """Nobody is logged in yet."""
    found_chain(hq, 2)
    return Browser(create_web_app(hq))


@pytest.fixture
def password(hq: Hq) -> str:
    """The password of the account `admin`."""
    return hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "admin", "hq_admin"))
