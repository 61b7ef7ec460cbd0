"""Lint, format, types, import contracts and translations, as tests, so that one command tells all.

The import contracts are also tried on a copy with forbidden imports planted: a contract that cannot fail holds nothing.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import PROGRAMS, ROOT

COMMANDS = Path(sys.executable).parent


def _run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", "FORCE_COLOR": ""}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--output-format", "concise", "."], id="lint"),
        pytest.param(["ruff", "format", "--check", "."], id="format"),
        pytest.param(["mypy"], id="types"),
        pytest.param(["lint-imports", "--no-cache"], id="imports"),
        pytest.param(["python", "packaging/tools/make_translations.py", "--check"], id="translations"),
    ],
)
def test_check_is_clean(command: list[str]) -> None:
    outcome = _run(str(COMMANDS / command[0]), *command[1:])
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


FORBIDDEN_IMPORTS = {
    "pos_client/checkout/planted.py": "from PySide6.QtCore import QObject",
    "pos_client/reports/planted.py": "import sqlite3\nimport pos_client.ledger.tables",
    "pos_client/ui/planted.py": "import httpx\nimport pos_client.ledger",
    "pos_client/ledger/planted.py": "import pos_client.checkout",
    "pos_client/planted.py": "import msgspec",
    "shared_models/planted.py": "import pos_client.ui",
    "hq_sync_server/office/planted.py": "import hq_sync_server.api\nimport fastapi",
    "hq_sync_server/api/planted.py": "import hq_sync_server.records.planted\nimport hq_sync_server.records.tables",
    "hq_sync_server/records/planted.py": "import hq_sync_server.api.planted",
    "hq_sync_server/planted.py": "import msgspec",
}


def test_every_import_contract_can_break(tmp_path: Path) -> None:
    for program in PROGRAMS:
        shutil.copytree(ROOT / program, tmp_path / program, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for place, code in FORBIDDEN_IMPORTS.items():
        (tmp_path / place).write_text(code + "\n", encoding="utf-8")

    outcome = _run(str(COMMANDS / "lint-imports"), "--no-cache", cwd=tmp_path)

    assert re.findall(r"^.* KEPT$", outcome.stdout, re.MULTILINE) == [], outcome.stdout
    assert re.search(r"\b0 kept, \d+ broken", outcome.stdout), outcome.stdout + outcome.stderr
