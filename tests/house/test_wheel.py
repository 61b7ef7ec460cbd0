"""An installed wheel starts, outside the checkout: the programs, their fonts and their sentences are all inside it."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.house.sources import ROOT


def _run(*command: str | Path, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    outcome = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, f"{command}: {outcome.stdout}{outcome.stderr}"
    return outcome.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty virtual environment with the wheel in it; the libraries are borrowed, so that no network is asked."""
    folder = tmp_path_factory.mktemp("shop")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    venv.create(folder / "venv", symlinks=True)
    (wheel,) = (folder / "dist").glob("tillbook-*.whl")
    python = folder / "venv" / "bin" / "python"
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=folder,
    )
    # A folder named in a .pth file is searched for packages, but its own .pth files (the checkout) are not read.
    own_packages = Path(
        _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (own_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder


def test_both_programs_of_the_wheel_say_their_version(shop: Path) -> None:
    for program in ("pos-client", "hq-sync-server"):
        assert _run(shop / "venv" / "bin" / program, "--version", cwd=shop).strip() == f"{program} 0.1.0"


def test_the_wheel_brings_its_own_code_and_resources(shop: Path) -> None:
    places = _run(
        shop / "venv" / "bin" / "python",
        "-c",
        "import pos_client, hq_sync_server; from shared_models.resources import resource_path, translations\n"
        "translations('zh_CN'); translations('en')\n"
        "print(pos_client.__file__, hq_sync_server.__file__, resource_path('locale'), resource_path('fonts'))",
        cwd=shop,
    ).split()
    assert [place for place in places if not place.startswith(str(shop))] == []
