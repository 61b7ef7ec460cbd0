"""A wheel runs a shop outside the checkout: programs, migrations, font, style and sentences are all in it."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.sources import ROOT

LOOK_AT_THE_WINDOW = """
import sys
from pathlib import Path
from PySide6.QtGui import QFontInfo
from pos_client import app
from pos_client.settings import TillSettings

qt = app.application()
settings = TillSettings(ledger_folder=Path("ledger"), key_folder=Path("keys"), language="zh_CN")
till = app.open_till(settings, with_line=False)
till.window.resize(1366, 768)
till.window.show()
till.window.start()
while not till.is_settled:
    qt.processEvents()
qt.processEvents()
print(QFontInfo(till.window.font()).family())
print(till.window.grab().save("window.png"))
till.close()
print("faults:", till.faults)
"""


class InstalledShop:
    """An empty virtual environment with the wheel in it; the libraries are borrowed, so that no network is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "venv" / "bin"
        self.run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", ROOT)
        venv.create(folder / "venv", symlinks=True)
        (wheel,) = (folder / "dist").glob("tillbook-*.whl")
        without_network = ("--quiet", "--no-deps", "--no-index")
        self.run(sys.executable, "-m", "pip", "--python", self.programs / "python", "install", *without_network, wheel)
        # A folder named in a .pth file is searched for packages, but its own .pth files (the checkout) are not read.
        own = self.run(self.programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        (Path(own) / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """Nothing of the checkout, and HQ's and the till's files in this folder."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "TILLBOOK"))}
        return {
            **inherited,
            "QT_QPA_PLATFORM": "offscreen",
            "TILLBOOK_HQ_DATABASE_URL": f"sqlite:///{self.folder / 'hq.db'}",
            "TILLBOOK_HQ_KEY_FOLDER": str(self.folder / "hq-keys"),
        }

    def run(self, *command: str | Path) -> str:
        """What a command says, which has to succeed."""
        words = [str(word) for word in command]
        outcome = subprocess.run(
            words, cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert outcome.returncode == 0, f"{words}: {outcome.stdout}{outcome.stderr}"
        return outcome.stdout

    def hq(self, *words: str | Path) -> str:
        """A command of the installed HQ."""
        return self.run(self.programs / "hq-sync-server", words[0], "--language", "en", *words[1:])

    @contextmanager
    def serving(self) -> Iterator[str]:
        """HQ's address while it serves."""
        server = subprocess.Popen(
            [self.programs / "hq-sync-server", "serve", "--language", "en", "--port", "0"],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert server.stdout is not None
            said = ""
            for line in server.stdout:
                said += line
                if address := re.search(r"http://[\w.:]+", line):
                    yield address.group()
                    break
            else:
                pytest.fail(f"HQ did not begin to serve: {said}")
        finally:
            server.terminate()
            server.communicate(timeout=30)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> InstalledShop:
    return InstalledShop(tmp_path_factory.mktemp("shop"))


def test_both_programs_of_the_wheel_say_their_version(shop: InstalledShop) -> None:
    for program in ("pos-client", "hq-sync-server"):
        assert shop.run(shop.programs / program, "--version").strip() == f"{program} 0.1.0"


def test_the_wheel_brings_its_own_code_and_resources(shop: InstalledShop) -> None:
    places = shop.run(
        shop.programs / "python",
        "-c",
        "import pos_client, hq_sync_server; from shared_models.resources import resource_path, translations\n"
        "translations('zh_CN'); translations('en')\n"
        "print(pos_client.__file__, hq_sync_server.__file__, resource_path('locale'), resource_path('fonts'))",
    ).split()
    assert [place for place in places if not place.startswith(str(shop.folder))] == []


def test_the_wheel_brings_the_consoles_pages_and_scripts_with_their_licences(shop: InstalledShop) -> None:
    listed = shop.run(
        shop.programs / "python",
        "-c",
        "from importlib.resources import files\nhere = files('hq_sync_server.console')\n"
        "print(*(str(one.relative_to(here)) for one in here.rglob('*') if one.is_file()), sep='\\n')",
    ).splitlines()
    vendored = {"htmx/htmx.min.js", "htmx/LICENSE", "echarts/echarts.min.js", "echarts/LICENSE", "echarts/NOTICE"}
    assert {f"static/vendor/{name}" for name in vendored} <= set(listed)
    assert {"static/console.css", "static/console.js", "templates/layout.html", "templates/rules.html"} <= set(listed)


@pytest.mark.timeout(300)
def test_an_installed_till_enrols_at_an_installed_hq_and_opens_its_window(shop: InstalledShop) -> None:
    shop.hq("init", "--name", "麦香烘焙")
    shop.hq("add-region", "east", "华东")
    shop.hq("add-store", "s1", "滨江店", "--region", "east")
    shop.hq("add-staff", "0317", "林", "--pin", "1111")
    code = shop.hq("enrol-code", "s1", "--quiet").strip()
    till = (shop.programs / "pos-client", "--ledger-folder", "ledger", "--key-folder", "keys", "--language", "en")
    with shop.serving() as address:
        shop.run(*till, "--hq-url", address, "enrol", code)
        shop.run(*till, "--hq-url", address, "sync-once")

    shown = shop.run(shop.programs / "python", "-c", LOOK_AT_THE_WINDOW).splitlines()

    assert shown == ["Tillbook Sans", "True", "faults: []"]
    assert (shop.folder / "window.png").stat().st_size > 10_000
    shop.run(*till, "verify")
