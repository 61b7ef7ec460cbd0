"""A test that is skipped fails the run, whichever way it was skipped, unless it was named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT

SKIPPING = """
import pytest

def test_runs():
    pass

def test_skips_itself():
    pytest.skip("no printer here")

@pytest.mark.skip
def test_is_marked():
    pass
"""


def _outcome(folder: Path, *, allowed: str = "") -> str:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_some.py").write_text(SKIPPING, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder],
        cwd=folder,
        env={**os.environ, "ALLOW_SKIP": allowed},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_a_skipped_test_is_a_failed_one(tmp_path: Path) -> None:
    assert "1 failed, 1 passed, 1 error" in _outcome(tmp_path)


def test_a_named_test_may_be_skipped(tmp_path: Path) -> None:
    named = "test_some.py::test_skips_itself test_some.py::test_is_marked"
    assert "1 passed, 2 skipped" in _outcome(tmp_path, allowed=named)


def test_a_file_that_is_skipped_as_a_whole_fails_too(tmp_path: Path) -> None:
    (tmp_path / "test_whole.py").write_text("import pytest\npytest.importorskip('nothing_of_that_name')\n")
    assert "test_whole.py was skipped, and nothing here may be" in _outcome(tmp_path)
