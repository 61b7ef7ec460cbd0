"""What holds for every test: a skipped test is a failed one, unless it is named; no screen is needed; no luck decides.

A test that does not run proves nothing and is soon forgotten. Where a machine truly cannot run one, name it:
ALLOW_SKIP='tests/some/test_file.py::test_name' (several with a space between).
"""

import os
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

MEMORY_FOLDER = Path("/dev/shm")
MEMORY_BYTES_MIN = 4 << 30


def _is_roomy(folder: Path) -> bool:
    """Whether it is there, has room for the folders of a run, and lets programs in it be started."""
    if not folder.is_dir():
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= MEMORY_BYTES_MIN and not found.f_flag & os.ST_NOEXEC


# Thousands of ledgers and records wait for their disk at every commit. What the programs ask of a disk is recorded and
# tried (tests/crash), and is the same here; only the waiting is spared. PYTEST_DEBUG_TEMPROOT=/tmp has it back.
if _is_roomy(MEMORY_FOLDER):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_FOLDER))

# The same examples at every run, and no time limit of its own: two workers share a slow machine.
hypothesis.settings.register_profile("tillbook", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("tillbook")

ALLOWED_TO_SKIP = frozenset(os.environ.get("ALLOW_SKIP", "").split())


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected_failure = hasattr(report, "wasxfail")
    if report.skipped and not expected_failure and report.nodeid not in ALLOWED_TO_SKIP:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and nothing here may be: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip inside a test or by a mark."""
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A skip of a whole file while it is collected."""
    report = yield
    _fail_if_skipped(report)
    return report
