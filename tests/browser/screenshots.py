"""Every page of the console as a picture: Chinese and English, light and dark, two widths and a phone.

    .venv/bin/python -m tests.browser.screenshots [page ...]

Written into build/console, so that people can look.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import FilePayload, sync_playwright

from tests.browser.console_chain import build
from tests.browser.visitor import Visitor
from tests.browser.walk import kind_of, pages_of
from tests.together.serving import served

TARGET = Path(__file__).parents[2] / "build" / "console"
LOOKS = [
    (language, theme, width)
    for language in ("zh", "en")
    for theme in ("light", "dark")
    for width in ((1366, 768), (1920, 1080))
]
PHONE = ("zh", "light", (390, 844))


def main(wanted: list[str]) -> None:
    """Take them all, or those whose name holds one of the words."""
    TARGET.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or "chromium"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chain = build(Path(folder))
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        with served(chain.hq) as address:
            context = browser.new_context()
            page = context.new_page()
            visitor = Visitor(page, address, chain.passwords)
            visitor.log_in("admin")
            pages = [*pages_of(visitor), *_made(visitor), "/nonsense"]
            visitor.expected_statuses = {404}
            for language, theme, (width, height) in [*LOOKS, PHONE]:
                page.set_viewport_size({"width": width, "height": height})
                for path in pages:
                    name = kind_of(path).strip("/").replace("/", "-").replace("*", "one") or "home"
                    name = "jobs-trial" if path == pages[-2] else name
                    if wanted and not any(word in name for word in wanted):
                        continue
                    mark = "&" if "?" in path else "?"
                    visitor.open(f"{path}{mark}lang={language}&theme={theme}")
                    page.wait_for_timeout(60)
                    page.screenshot(path=TARGET / f"{name}-{language}-{theme}-{width}.png", full_page=True)
            print(f"{len(pages)} pages in {TARGET}; complaints: {visitor.complaints}")
        browser.close()
        chain.hq.close()


def _made(visitor: Visitor) -> list[str]:
    """Pages that somebody has to make first: a preview, a trial import, a file that waits."""
    page, made = visitor.page, []
    visitor.open("/rules")
    page.click(".tree small >> nth=0")
    page.click("form[action$='/preview'] button")
    page.wait_for_selector("#sums, .said.warning")
    made.append(urlsplit(page.url).path.removeprefix("/console"))
    visitor.open("/imports")
    rows = "\n".join(f"1390000{number:04d},王小{number},{number}.50,{number * 10}" for number in range(120))
    content = f"手机,姓名,本金,积分\n{rows}\nabc,坏号码,1,1\n".encode()
    file: FilePayload = {"name": "旧会员.csv", "mimeType": "text/csv", "buffer": content}
    page.set_input_files("form[action$='/imports'] input[type=file]", files=[file])
    page.click("form[action$='/imports'] button")
    made.append(urlsplit(page.url).path.removeprefix("/console"))
    page.click("button[value=look]")
    page.click("button[value=try]")
    page.wait_for_selector("#trial")
    made.append(urlsplit(page.url).path.removeprefix("/console"))
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
