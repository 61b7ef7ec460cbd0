"""Libraries are loaded when they are needed, in whichever thread that is: two at once must both get all of it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_a_slip_is_shown_and_printed_at_the_same_moment_after_the_start() -> None:
    # The first slip after a start: the window failed to show it, and the printer's thread ended for the whole day.
    command = [sys.executable, "-m", "tests.pos_client.devices.two_loaders"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert (told.returncode, told.stdout) == (0, ""), told.stdout + told.stderr
