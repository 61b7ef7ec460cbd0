"""`make crash` in its short form, and that it would find what it looks for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.planted import PLANTS
from tests.house.sources import ROOT

SYSTEM_CALLS_LEFT_OUT = "strace" in os.environ.get("ALLOW_SKIP", "").split()


Crash = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def crash(tmp_path: Path) -> Crash:
    """Runs the command to its end, with words and names of the environment; what it keeps goes with the test."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.crash", *words],
            cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path), **environment}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    return run


def test_killed_and_without_power_nothing_is_lost_and_nothing_doubled(crash: Crash) -> None:
    outcome = crash("--kills", "5", "--images", "4", "--seed", "1")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    told = json.loads(outcome.stdout.splitlines()[-1])
    assert told["kills"] >= 5
    assert told["images"] == (0 if SYSTEM_CALLS_LEFT_OUT else 4)
    assert told["receipts"] > 0
    assert told["entries"] > 0
    assert (told["lost"], told["doubled"], told["problems"]) == (0, 0, 0)


def test_killed_together_with_postgresql_nothing_is_lost_and_nothing_doubled(crash: Crash) -> None:
    outcome = crash("--kills", "5", "--images", "0", "--records", "postgresql", ALLOW_SKIP="strace")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    told = json.loads(outcome.stdout.splitlines()[-1])
    assert told["kills"] >= 5
    assert (told["lost"], told["doubled"], told["problems"]) == (0, 0, 0)


@pytest.mark.parametrize("planted", PLANTS)
def test_a_planted_bug_is_found(crash: Crash, planted: str) -> None:
    if planted == "receipt_before_the_commit":
        outcome = crash("--kills", "200", "--images", "0", "--plant", planted, ALLOW_SKIP="strace")
    elif SYSTEM_CALLS_LEFT_OUT:
        return  # only an image of a disk shows who does not wait for it
    else:
        outcome = crash("--kills", "0", "--images", "100", "--plant", planted)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    told = json.loads(outcome.stdout.splitlines()[-1])
    assert told["problems"] > 0


def test_without_strace_it_says_what_is_missing_and_fails(crash: Crash, tmp_path: Path) -> None:
    outcome = crash("--kills", "1", PATH=str(tmp_path), ALLOW_SKIP="")
    assert outcome.returncode == 2
    assert "strace is not installed" in outcome.stdout
    assert "ALLOW_SKIP=strace" in outcome.stdout


def test_without_strace_the_rest_runs_when_it_is_allowed(crash: Crash, tmp_path: Path) -> None:
    outcome = crash("--kills", "2", PATH=str(tmp_path), ALLOW_SKIP="strace")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    told = json.loads(outcome.stdout.splitlines()[-1])
    assert told["kills"] >= 2
    assert told["images"] == 0
    assert told["failed_calls"] == {}
