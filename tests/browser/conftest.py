"""One HQ and one Chromium a worker: Debian's own, started here and stopped here."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.console_chain import ConsoleChain, build
from tests.browser.visitor import Visitor
from tests.passwords import quick_passwords as quick_passwords
from tests.together.serving import served


@pytest.fixture(scope="session")
def console_chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleChain]:
    """A chain with a fortnight behind it."""
    made = build(tmp_path_factory.mktemp("console"))
    yield made
    made.hq.close()


@pytest.fixture(scope="session")
def address(console_chain: ConsoleChain) -> Iterator[str]:
    """Where it is served."""
    with served(console_chain.hq) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "there is no chromium: packaging/set_up.sh installs it"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=[*arguments, "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, address: str, console_chain: ConsoleChain) -> Iterator[Visitor]:
    """Somebody with a browser; what it complains about fails the test."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1366, "height": 768})
    page: Page = context.new_page()
    somebody = Visitor(page, address, console_chain.passwords)
    yield somebody
    context.close()
    assert somebody.complaints == []


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go."""
    return Path(__file__).parents[2] / "build" / "console"
