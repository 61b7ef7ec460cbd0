"""A real HQ in a process of its own, on a free port of this machine, stopped for certain.

For the demo, the replay and tests that want real processes. `HqPlace` runs commands on one database and key folder;
`HqServer` is its `serve`, which ends with the `with` block, with this process, or by being killed.
"""

import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

START_SECONDS = 240
"""Nothing that is not stuck takes so long, on however busy a machine."""
STOP_SECONDS = 15
COMMAND_SECONDS = 300
_ENDS_WITH_PARENT = Path(__file__).with_name("ends_with_parent.py")


@dataclass(frozen=True, slots=True)
class HqPlace:
    """Where one HQ keeps its records and keys, and the folder its log goes to."""

    folder: Path
    database_url: str = ""

    @property
    def url(self) -> str:
        """The database: the one given, or a file in the folder."""
        return self.database_url or f"sqlite:///{self.folder / 'hq.db'}"

    @property
    def key_folder(self) -> Path:
        return self.folder / "hq-keys"

    def environment(self, language: str = "en") -> dict[str, str]:
        """What a command of this HQ is started with."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("TILLBOOK_HQ_")},
            "TILLBOOK_HQ_DATABASE_URL": self.url,
            "TILLBOOK_HQ_KEY_FOLDER": str(self.key_folder),
            "LC_ALL": {"zh_CN": "zh_CN.UTF-8"}.get(language, "C.UTF-8"),
            "PYTHONUTF8": "1",
        }

    def run(self, *words: str | Path, language: str = "en") -> subprocess.CompletedProcess[str]:
        """Run one command to its end; whatever its exit code."""
        return subprocess.run(
            _command(words),
            env=self.environment(language),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def must(self, *words: str | Path) -> str:
        """Run one command that must succeed; what it printed."""
        outcome = self.run(*words)
        if outcome.returncode != 0:
            raise AssertionError(f"{words} ended with {outcome.returncode}: {outcome.stdout}{outcome.stderr}")
        return outcome.stdout


class HqServer:
    """`hq-sync-server serve` of a place. `base_url` is known once it listens; after `stop` it may be started again, on
    the same port if it is told to."""

    def __init__(self, place: HqPlace, port: int = 0) -> None:
        self.place = place
        self.port = port
        self.base_url = ""
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it listens. Raises AssertionError, with its log, when it does not."""
        assert self._process is None, "it runs already"
        self._log = (self.place.folder / "hq-server.log").open("a", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, str(_ENDS_WITH_PARENT), "hq_sync_server", "serve", "--port", str(self.port)],
            env=self.place.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        try:
            self.base_url = self._wait_for_address(self._process)
        except BaseException:
            self.stop()
            raise
        self.port = int(self.base_url.rsplit(":", 1)[1])

    def stop(self) -> int:
        """Tell it to stop, and kill it if it does not; its exit code (0: it ended in order)."""
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
            if self._log:
                self._log.close()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self.stop()

    def _wait_for_address(self, process: subprocess.Popen[str]) -> str:
        lines: queue.Queue[str] = queue.Queue()
        assert process.stdout is not None
        threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True).start()
        said = ""
        while True:
            try:
                line = lines.get(timeout=START_SECONDS)
            except queue.Empty:
                raise AssertionError(f"HQ did not start within {START_SECONDS} s: {said}") from None
            said += line
            found = re.search(r"http://\S+", line)
            if found:
                return found.group()
            if not line:
                log = (self.place.folder / "hq-server.log").read_text(encoding="utf-8")
                raise AssertionError(f"HQ ended with {process.wait()} before it listened: {said}{log}")


def _command(words: Sequence[str | Path]) -> list[str]:
    return [sys.executable, "-m", "hq_sync_server", *(str(word) for word in words)]


def _read_lines(stream: IO[str], lines: "queue.Queue[str]") -> None:
    """Hand on what the server says, and an empty line at its end."""
    try:
        for line in stream:
            lines.put(line)
    except ValueError:  # closed while it was read: the server is being stopped
        pass
    lines.put("")
