"""The set-up script, on machines that are not ready: it says what is wrong in words and touches nothing.

The script is real; what it asks the machine (which user, which packages, which Python) is answered by small programs
put before the real ones on PATH.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT


class Machine:
    """A folder with the script in it and a PATH that answers for the machine."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.commands = folder / "commands"
        (self.checkout / "packaging").mkdir(parents=True)
        self.commands.mkdir()
        shutil.copy(ROOT / "packaging" / "set_up.sh", self.checkout / "packaging")
        for name in ("requirements.lock", "packaging/development.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.checkout / name)
        self.has("apt-get", f"touch {folder}/apt-was-called")

    def has(self, command: str, script: str) -> None:
        """Put a program on the PATH."""
        path = self.commands / command
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def set_up(self, python: str = "python3") -> subprocess.CompletedProcess[str]:
        """Run the script as `make` does."""
        return subprocess.run(
            [self.checkout / "packaging" / "set_up.sh"],
            env={"PATH": f"{self.commands}:{os.environ['PATH']}", "PYTHON": python},
            capture_output=True,
            text=True,
            check=False,
        )

    def is_untouched(self) -> bool:
        """No environment made, no package installed."""
        return not (self.checkout / ".venv").exists() and not (self.checkout.parent / "apt-was-called").exists()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_old_python_is_refused_in_words(machine: Machine) -> None:
    machine.has("python3.9", 'case "$2" in *exit*) exit 1;; *) echo 3.9;; esac')
    outcome = machine.set_up("python3.9")
    assert outcome.returncode == 1
    assert "needs Python 3.11 or newer" in outcome.stderr
    assert "is Python 3.9" in outcome.stderr
    assert machine.is_untouched()


def test_a_python_that_is_not_there_is_named(machine: Machine) -> None:
    outcome = machine.set_up("python3.99")
    assert outcome.returncode == 1
    assert "'python3.99' was not found" in outcome.stderr


def test_without_rights_to_install_it_stops_with_one_line_to_copy(machine: Machine) -> None:
    machine.has("id", "echo 1000")
    machine.has("sudo", "exit 1")
    machine.has("dpkg-query", "exit 1")
    outcome = machine.set_up()
    assert outcome.returncode == 2
    assert outcome.stdout == ""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ")
    assert "libegl1" in line
    assert machine.is_untouched()


def test_with_rights_it_installs_what_is_missing_and_refreshes_the_lists_only_when_needed(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("dpkg-query", "exit 1")
    calls = machine.checkout.parent / "calls"
    machine.has("apt-get", f'echo "$1" >>{calls}; [ "$1" = update ] || [ "$(wc -l <{calls})" -gt 2 ]')
    machine.has("flock", "exit 1")  # go no further: what follows needs the network
    machine.set_up()
    assert calls.read_text(encoding="utf-8").split() == ["install", "update", "install"]


def test_a_ready_checkout_is_left_alone_at_once() -> None:
    """These tests run in one, made by the interpreter below them."""
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    environment = {**os.environ, "PYTHON": str(python)}
    outcome = subprocess.run(
        [ROOT / "packaging" / "set_up.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")
