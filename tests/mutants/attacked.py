"""One planted bug against the tests of its attack: `python -m tests.mutants.attacked NAME` tells as JSON which of them
fail without the bug (none should), how many hold, and which fail with it.
"""

import contextlib
import io
import json
import sys

import pytest

from tests.mutants.attack_bugs import ATTACK_BUGS
from tests.mutants.planting import planted


class _Failures:
    """Told by pytest of every test."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.passed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One part of a test is over; one that could not even begin shows nothing of the bug."""
        if report.when == "call":
            self.passed += report.passed
            if report.failed:
                self.names.append(report.nodeid.rpartition("::")[2].partition("[")[0])


def tried(path: str) -> tuple[tuple[str, ...], int]:
    """(names of the tests of a file that fail, how many hold), with the product as it is at this moment in this
    process."""
    failures = _Failures()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not postgresql"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main([path, *options], plugins=[failures])
    return tuple(dict.fromkeys(failures.names)), failures.passed


def main() -> None:
    """Try it without the bug and with it."""
    (mutant,) = (one for one in ATTACK_BUGS if one.name == sys.argv[1])
    before, held = tried(mutant.killed_by)
    with planted(mutant):
        failed, _ = tried(mutant.killed_by)
    print(json.dumps({"before": before, "held": held, "failed": failed}))


if __name__ == "__main__":
    main()
