"""Faults on the system calls of a running process, by strace: killed at the Nth call of a kind, or told that it failed.

strace counts the calls of each thread by itself. Needs Debian's package strace and a system that lets one process
trace another; where either is missing, `why_not` says so.
"""

import random
import re
import select
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import IO

KILLED_AT = (
    "fdatasync", "fdatasync", "fsync", "pwrite64", "pwrite64", "write", "ftruncate", "unlink", "openat", "lseek",
    "fcntl", "close", "sendto", "recvfrom", "pread64",
)  # fmt: skip
"""Calls at which a process is killed. Some often, since there is most to lose."""
RARE = frozenset({"ftruncate", "unlink", "fsync"})
FAILING = (
    ("fdatasync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("write", "ENOSPC"), ("fsync", "EIO"),
    ("ftruncate", "EIO"), ("write", "EIO"),
)  # fmt: skip
ATTACH_SECONDS = 10.0
_ENOUGH = re.compile(rb"attached")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is done to a call. `error` empty: the process is killed as it makes the call."""

    call: str
    error: str
    when: str

    @property
    def kind(self) -> str:
        """A word for the report."""
        return f"{self.call}:{self.error or 'KILL'}"

    @property
    def words(self) -> str:
        """As strace wants to be told."""
        return f"{self.call}:{f'error={self.error}' if self.error else 'signal=KILL'}:when={self.when}"


def random_kill(chance: random.Random) -> Fault:
    """Killed at some call, sooner rather than later."""
    call = chance.choice(KILLED_AT)
    return Fault(call, "", str(int(2 ** chance.uniform(0, 3 if call in RARE else 6.5))))


def random_failure(chance: random.Random) -> Fault:
    """A call that fails once, or again and again."""
    call, error = chance.choice(FAILING)
    first = int(2 ** chance.uniform(0, 6))
    again = chance.choice(("", f"..{first + 2}", f"+{chance.randint(7, 60)}"))
    return Fault(call, error, f"{first}{again}")


class Injection:
    """A fault laid upon a process and all its threads. Lasts as long as the process, or until `lift`."""

    def __init__(self, process_id: int, fault: Fault) -> None:
        self.fault = fault
        self._told: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `lift`
        self._strace = subprocess.Popen(
            [
                *("strace", "-f", "-p", str(process_id), "-o", f"/proc/self/fd/{self._told.fileno()}"),
                *("-e", f"trace={fault.call}", "-e", f"inject={fault.words}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(self._told.fileno(),),
            bufsize=0,
        )
        self.attached = self._has_attached()

    def lift(self) -> int:
        """Take it away if it is still there; how often it struck."""
        if self._strace.poll() is None:
            self._strace.terminate()
        self._strace.wait()
        assert self._strace.stderr is not None
        self._strace.stderr.close()
        with self._told:
            self._told.seek(0)
            return self._told.read().count(b"(INJECTED)")

    def _has_attached(self) -> bool:
        """Until strace says that it watches all threads; False when the process was gone before."""
        assert self._strace.stderr is not None
        said = b""
        while not _ENOUGH.search(said):
            if not select.select([self._strace.stderr], [], [], ATTACH_SECONDS)[0]:
                return False
            chunk = self._strace.stderr.read(4096)
            if not chunk:
                return False
            said += chunk
        return True


def why_not() -> str:
    """What is missing for faults on system calls; empty when nothing is."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian's package strace)"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as patient:
        try:
            told = subprocess.run(
                ["strace", "-qq", "-p", str(patient.pid), "-e", "trace=none"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=0.5, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return ""
        finally:
            patient.kill()
    return f"strace may not watch another process here: {told.stderr.strip()}"
