"""Somebody with a browser, without the browser: logs in over HTTP, follows links, and takes the time. For `console`."""

import html
import re
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

OF_EACH_KIND = 5


@dataclass(slots=True)
class Visitor:
    """One account and its session."""

    role: str
    client: httpx.Client
    refused: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, base_url: str, role: str, password: str, language: str = "zh-CN") -> Self:
        """Logged in; the account of a role bears its name."""
        client = httpx.Client(base_url=base_url, headers={"accept-language": language}, timeout=60)
        form = client.get("/console/login").text
        sent = {"form_token": hidden(form, "form_token"), "login": role, "password": password}
        answer = client.post("/console/login", data=sent)
        assert answer.status_code == 303, answer.text
        return cls(role, client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def asked_ms(self, page: str) -> float | None:
        """How long the whole answer takes; None for what this role may not see."""
        if page in self.refused:
            return None
        began = time.perf_counter()
        answer = self.client.get(f"/console/{page}")
        taken = (time.perf_counter() - began) * 1000
        if answer.status_code == 403:
            self.refused.add(page)
            return None
        answer.raise_for_status()
        assert answer.status_code == 200, (page, answer.status_code, answer.headers)
        return taken

    def linked(self, page: str, pattern: str) -> list[str]:
        """Addresses below /console/ that a page links to."""
        answer = self.client.get(f"/console/{page}")
        found = re.findall(rf'href="/console/({pattern})"', answer.text)
        return list(dict.fromkeys(html.unescape(one) for one in found))

    def pages_of_its_own(self) -> list[str]:
        """Some members, entries, exceptions, rules and later pages of lists, as this role finds them."""
        members = self.linked("members?q=伟", "members/[0-9a-f]{32}")[:OF_EACH_KIND]
        entries = [entry for member in members[:2] for entry in self.linked(member, "entries/[0-9]+")]
        exceptions = self.linked("exceptions", "exceptions/[0-9a-f]{32}")[:OF_EACH_KIND]
        rules = self.linked("rules/hq", "rules/(?:region|store):[0-9a-f]{32}")
        return [*members, *entries[:OF_EACH_KIND], *exceptions, *rules[:1], *rules[-1:]]


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, page
    return found[1]
