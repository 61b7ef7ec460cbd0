"""Somebody who looks at the console in a real browser, and notes all that a browser complains about."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response


@dataclass
class Visitor:
    """A page of a browser. `complaints`: console errors, failed pages, requests to other hosts."""

    page: Page
    address: str
    passwords: dict[str, str]
    complaints: list[str] = field(default_factory=list)
    expected_statuses: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium also prints every status of 400 and above; `_answered` judges those.
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.complaints.append(f"console: {message.text} at {self.page.url}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(f"another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.complaints.append(f"{response.status}: {response.url}")

    def open(self, path: str) -> int:
        """Open a page of the console; its status."""
        response = self.page.goto(f"{self.address}/console{path}", wait_until="load")
        assert response is not None
        return response.status

    def log_in(self, login: str) -> None:
        """Come in."""
        self.open("/login")
        self.page.fill("#login", login)
        self.page.fill("#password", self.passwords[login])
        self.page.click("button.main")
        self.page.wait_for_url("**/console/")

    def links(self) -> list[str]:
        """The console's pages this page leads to, without what only changes how it looks."""
        found = self.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        paths = [urlsplit(href) for href in found if href.startswith(f"{self.address}/console")]
        kept = [one.path.removeprefix("/console") + (f"?{one.query}" if one.query else "") for one in paths]
        return [path for path in dict.fromkeys(kept) if "lang=" not in path and "theme=" not in path]
